import MQTT
import Recall
import Signals

// A search for the command line: the broker thread hands out what is not stored yet, and puts in the names
// that it alone knows; everything between is the desk's.
extension ControlServer {
    private static let secondsMax = 60.0

    func search(_ request: SearchRequest) -> ControlReply {
        guard gateway.settings.recall.isEnabled else {
            return ControlReply(
                error: "could not search: recall.enabled is false, so no windows are remembered")
        }
        let waiting = ReplyBox<[WindowPack]>()
        client.perform { [gateway] in
            gateway.counters.searches += 1
            waiting.put(gateway.ledger.recall.waiting)
        }
        guard let packs = waiting.take(within: 10) else { return Self.busy }
        let found = ReplyBox<ControlReply>()
        let now = EventTime(nanoseconds: gateway.clocks.now.wall)
        let isTaken = gateway.desk.search(request, waiting: packs, now: now) { result in
            switch result {
            case .success(let reply):
                var answer = ControlReply()
                answer.search = reply
                found.put(answer)
            case .failure(let error):
                found.put(ControlReply(error: "\(error)"))
            }
        }
        guard isTaken else { return ControlReply(error: RecallDesk.busy.description) }
        guard let answer = found.take(within: Self.secondsMax) else { return Self.busy }
        guard let reply = answer.search else { return answer }
        let named = ReplyBox<ControlReply>()
        client.perform { [gateway] in
            var reply = reply
            gateway.nameTemplates(of: &reply)
            var answer = ControlReply()
            answer.search = reply
            named.put(answer)
        }
        // Without the names it is an answer too.
        return named.take(within: 2) ?? answer
    }

    private static let busy = ControlReply(
        error: "the daemon is busy and did not answer in time; try again")
}
