import Detection
import Foundation
import Fusion
import Intake
import Logging
import MQTT
import Publishing
import Recall
import Signals
import Store

// Remembered windows: what goes in, searches over the broker, and what alarms looked like before.
extension Gateway {
    /// A window that has just been judged, before its alarm and its verdict are told.
    func remember(_ window: RememberedWindow, of asset: AssetName, space: String) {
        ledger.recall.note(
            window, of: asset, space: space, assets: max(1, pipeline.assets.count))
        if ledger.recall.isFull { isCommitDue = true }
        judgedLast[asset] = (window, space)
    }

    /// A request that came as a message: answered from the desk's thread, and never waited for.
    func search(_ message: Message, _ now: Arrival) {
        counters.searches += 1
        // A crash asks nobody's question twice: whoever asked has gone, or asks again.
        guard !message.isRetained, !isReenacting else { return }
        var request = SearchRequest()
        var refusal: String?
        if message.payload.count > SearchRequest.bytesMax {
            refusal = "could not search: the request is longer than \(SearchRequest.bytesMax) bytes"
        } else {
            do {
                request = try SearchRequest(json: message.payload)
            } catch {
                refusal =
                    "could not read the search: send JSON such as {\"asset\":\"press-1\",\"at\":\"10m\",\"by\":\"audio\",\"find\":\"camera\"}"
            }
        }
        // What a request asks for decides how long it takes; how many come does not hold up the rest.
        if refusal == nil, !searchRate.admits(at: now.elapsed) {
            refusal = RecallDesk.busy.description
        }
        if let refusal {
            return answer(.failure(SearchRefusal(refusal)), to: message, id: request.id)
        }
        let id = request.id
        let isTaken = desk.search(
            request, waiting: ledger.recall.waiting, now: EventTime(nanoseconds: now.wall)
        ) { [weak self] result in
            guard let self else { return }
            self.client?.perform { [weak self] in self?.answer(result, to: message, id: id) }
        }
        if !isTaken { answer(.failure(RecallDesk.busy), to: message, id: id) }
    }

    private func answer(
        _ result: Result<SearchReply, any Error>, to message: Message, id: String?
    ) {
        let json: String
        switch result {
        case .success(var reply):
            nameTemplates(of: &reply)
            json = SearchAnswer.json(reply)
        case .failure(let error):
            counters.refuse("search")
            json = SearchAnswer.json(error: "\(error)", id: id)
        }
        if let address = message.responseTo,
            topics.mayCarryReply(address.topic, filters: subscriptions)
        {
            var publication = Publication(
                topic: address.topic, payload: Array(json.utf8), qos: .atLeastOnce,
                contentType: "application/json", expiry: .seconds(600))
            publication.correlation = address.correlation
            if client?.publish(publication) == .queued { return }
        }
        send(
            topics.searchReply, json, qos: .atLeastOnce, retain: false, expiry: .seconds(600),
            clocks.now)
    }

    /// Texts of the log templates that hits name by their number.
    func nameTemplates(of reply: inout SearchReply) {
        var names: [AssetStream: [String]] = [:]
        func name(_ hit: inout SearchHit) {
            for (stream, sense) in hit.senses {
                guard let template = sense.template else { continue }
                let key = AssetStream(
                    asset: AssetName(hit.asset), stream: StreamName(stream))
                let known =
                    names[key] ?? pipeline.reader.templateNames(of: key.asset, key.stream)
                names[key] = known
                if template < known.count { hit.senses[stream]?.line = known[template] }
            }
        }
        for index in reply.hits.indices { name(&reply.hits[index]) }
        if var example = reply.example {
            name(&example)
            reply.example = example
        }
    }

    /// An alarm was raised: what its window looked like before is looked up beside the flow, and told and kept when it
    /// is found. A replay, which has no past, does not tell it; verdicts never depend on it.
    func lookBack(from step: AlarmStep, of asset: AssetName, _ verdict: Verdict) {
        seenBefore[asset] = nil
        guard settings.recall.isEnabled, let (window, space) = judgedLast[asset],
            window.start == verdict.start
        else { return }
        desk.seenBefore(
            window, of: asset, space: space,
            before: min(verdict.explanation?.since ?? verdict.start, verdict.start),
            waiting: ledger.recall.waiting
        ) { [weak self] seen in
            guard let self else { return }
            self.client?.perform { [weak self] in self?.tell(seen, at: step, of: asset) }
        }
    }

    private func tell(_ seen: [SeenBefore], at step: AlarmStep, of asset: AssetName) {
        guard pipeline.assets.contains(asset) else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        if let text = try? encoder.encode(seen) {
            ledger.note(
                seenBefore: SeenBeforeRow(
                    asset: asset, at: step.at, step: step.number,
                    seen: String(decoding: text, as: UTF8.self)))
        }
        // Gone by now, or another one has rung since: the history has it.
        guard let said = latest[asset], said.alarmNote.first != nil, said.alarmSince == step.at
        else { return }
        seenBefore[asset] = seen
        send(
            topics.alarm(asset),
            AlarmPayload.json(
                said, firstOut: firstOut(of: said), seenBefore: seen, settings: settingsHash),
            qos: .atLeastOnce, retain: true, asset: asset, clocks.now)
    }
}

/// At most so many searches a second, in bursts of as many.
struct SearchRate {
    private var tokens = 5.0
    private var last: Int64 = 0
    static let perSecond = 5.0

    /// Whether one more may come at `elapsed`, in nanoseconds of a clock that never steps.
    mutating func admits(at elapsed: Int64) -> Bool {
        tokens = min(Self.perSecond, tokens + Double(max(0, elapsed - last)) / 1e9 * Self.perSecond)
        last = elapsed
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }
}

/// The answer to a search over the broker: schema `anchord.search/1`.
enum SearchAnswer {
    private struct Payload: Encodable {
        var schema = "anchord.search/1"
        var ok: Bool
        var error: String?
        var reply: SearchReply?

        private enum CodingKeys: String, CodingKey { case schema, ok, error, id }

        var id: String?

        func encode(to encoder: any Encoder) throws {
            var fields = encoder.container(keyedBy: CodingKeys.self)
            try fields.encode(schema, forKey: .schema)
            try fields.encode(ok, forKey: .ok)
            try fields.encodeIfPresent(error, forKey: .error)
            try fields.encodeIfPresent(id, forKey: .id)
            // Its fields beside these.
            try reply?.encode(to: encoder)
        }
    }

    static func json(_ reply: SearchReply) -> String {
        text(Payload(ok: true, reply: reply, id: reply.id))
    }

    static func json(error: String, id: String?) -> String {
        text(Payload(ok: false, error: error, id: id))
    }

    private static func text(_ payload: Payload) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        // Texts and finite numbers: nothing in it can fail to encode.
        return (try? encoder.encode(payload)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }
}
