import Signals
import Testing

@testable import MQTT

struct StateMachineTests {
    @Test(
        "Pauses double up to the longest, and stay in their upper half", arguments: UInt64(0)..<16)
    func pauses(seed: UInt64) {
        var delay = ReconnectDelay(shortest: .seconds(1), longest: .seconds(60), seed: seed)
        for span in [1.0, 2, 4, 8, 16, 32, 60, 60] {
            let pause = delay.next().seconds
            #expect(pause >= span / 2 && pause <= span)
        }
        delay.reset()
        #expect(delay.next() <= .seconds(1))
    }

    @Test("A broker that refuses MQTT 5 is spoken to in 3.1.1")
    func refusedVersion() {
        var choice = ProtocolChoice()
        choice.refusedVersion()
        #expect(choice.version == .mqtt311)
        choice.gotNoAnswer()
        #expect(choice.version == .mqtt311)
    }

    @Test("No answer twice puts 3.1.1 on trial; failing it goes back to MQTT 5")
    func trial() {
        var choice = ProtocolChoice()
        choice.gotNoAnswer()
        #expect(choice.version == .mqtt5)
        choice.gotNoAnswer()
        #expect(choice.version == .mqtt311)
        choice.gotNoAnswer()
        #expect(choice.version == .mqtt5)
    }

    @Test("Once MQTT 5 has worked, a missing answer means nothing")
    func settled() {
        var choice = ProtocolChoice()
        choice.letIn()
        for _ in 0..<5 { choice.gotNoAnswer() }
        #expect(choice.version == .mqtt5)
    }

    @Test("A backlog ends with a quiet moment, not with an empty socket")
    func backlog() {
        var watch = BacklogWatch(now: .zero)
        watch.sawBatch(isFull: false, now: .milliseconds(5))
        watch.sawNothing(now: .milliseconds(10))
        #expect(!watch.isLive)
        watch.sawNothing(now: .milliseconds(25))
        #expect(watch.isLive)
        watch.sawBatch(isFull: true, now: .milliseconds(30))
        #expect(!watch.isLive)
    }

    @Test("A plant that is never quiet is live after thirty seconds without a full batch")
    func neverQuiet() {
        var watch = BacklogWatch(now: .zero)
        for step in 1...3000 {
            let now: Duration = .milliseconds(step * 10)
            watch.sawBatch(isFull: false, now: now)
            watch.sawNothing(now: now)
            #expect(watch.isLive == (step == 3000))
        }
    }

    @Test("Publications wait their turn in order, and every token comes back once")
    func outgoing() {
        var outgoing = Outgoing(countMax: 5000)
        for token in 1...UInt64(5000) {
            outgoing.wait(Publication(topic: "t", payload: [], qos: .atLeastOnce, token: token))
        }
        #expect(outgoing.isFull)
        var returned: [UInt64] = []
        var packet: Int32 = 0
        while outgoing.count > 0 {
            while let next = outgoing.nextWaiting() {
                packet += 1
                outgoing.handedOver(next, packet: packet)
            }
            #expect(!outgoing.hasRoomInFlight || !outgoing.isWaiting)
            returned.append(outgoing.acknowledged(packet: Int32(returned.count + 1)) ?? 0)
        }
        #expect(returned == Array(1...5000))
    }

    @Test("QoS 0 tokens come back in the order they were written")
    func written() {
        var outgoing = Outgoing(countMax: 10)
        for token in 1...UInt64(4) {
            outgoing.handedOver(Publication(topic: "t", payload: [], token: token), packet: 7)
        }
        #expect(Array(outgoing.written(3)) == [1, 2, 3])
        #expect(Array(outgoing.written(3)) == [4])
        #expect(outgoing.count == 0)
    }
}
