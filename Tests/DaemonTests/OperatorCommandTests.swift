import Detection
import Foundation
import Signals
import Store
import Testing

@testable import Daemon

/// Commands over the broker, at the daemon's inside.
@Suite struct OperatorCommandTests {
    private let asset = AssetName("press-1")

    /// A gateway with one asset that has spoken.
    private func gateway() throws -> TestGateway {
        let test = try TestGateway()
        for second in 0..<5 {
            try test.keep([
                test.message(
                    "camera", "{\"t\":\(1_790_000_000 + second),\"v\":[1,2,3]}")
            ])
            test.pass(.seconds(1))
        }
        return test
    }

    private func command(
        _ test: TestGateway, _ json: String, asset: String = "press-1", isRetained: Bool = false
    ) throws -> [String: Any] {
        var message = test.message("camera", json)
        message.topic = "anchord/gw/asset/\(asset)/command"
        message.isRetained = isRetained
        try test.keep([message])
        let replies = test.waiting("anchord/gw/asset/\(asset)/command/reply")
        guard let last = replies.last else { return [:] }
        return try JSONSerialization.jsonObject(with: Data(last.payload)) as? [String: Any] ?? [:]
    }

    @Test("An operator's word reaches the broker after a restart, however silent the machine is")
    func afterARestart() throws {
        let test = try gateway()
        for second in 0..<20 {
            try test.keep([test.message("camera", "{\"v\":[1,2,\(second)]}")])
            test.pass(.seconds(1))
        }
        #expect(!test.gateway.latest.isEmpty)
        let before = try #require(test.gateway.statusReport().assets.first)
        try test.gateway.commit(isFinal: false)
        try test.crash()
        let after = try #require(test.gateway.statusReport().assets.first)
        #expect(after.alarm == before.alarm && after.life == before.life)
        #expect(after.state == before.state)
        let answer = try command(
            test, #"{"command":"out_of_service","who":"anna","why":"gearbox"}"#)
        #expect(answer["ok"] as? Bool == true)
        let topic = "anchord/gw/asset/press-1/alarm"
        let stored = try test.gateway.store.outbox().last { $0.topic == topic }
        let told = try #require(test.waiting(topic).last ?? stored)
        #expect(told.isRetained)
        #expect(String(decoding: told.payload, as: UTF8.self).contains("out_of_service"))
    }

    @Test("Each refusal says what was attempted, and has its own counter")
    func refusals() throws {
        let test = try gateway()
        let wrong: [(json: String, asset: String, reason: String)] = [
            ("no JSON", "press-1", "malformed"),
            (#"{"command":"ack"}"#, "press-1", "malformed"),
            (#"{"command":"dance","who":"anna"}"#, "press-1", "unknown_command"),
            (#"{"command":"shelve","who":"anna","for":"900d"}"#, "press-1", "bad_span"),
            (#"{"command":"label","who":"anna","kind":"fault"}"#, "press-1", "bad_span"),
            (#"{"command":"ack","who":"anna"}"#, "press-9", "unknown_asset"),
            (#"{"command":"ack","who":"anna"}"#, "press-1", "nothing_to_acknowledge"),
            (#"{"command":"unshelve","who":"anna"}"#, "press-1", "not_shelved"),
            (#"{"command":"in_service","who":"anna"}"#, "press-1", "not_out_of_service"),
            (
                #"{"command":"use_model","who":"anna","model":"abc"}"#, "press-1",
                "unknown_model"
            ),
        ]
        for (json, asset, reason) in wrong {
            let answer = try command(test, json, asset: asset)
            #expect(answer["ok"] as? Bool == false)
            #expect(answer["refused"] as? String == reason)
            #expect((answer["text"] as? String ?? "").count > 20)
        }
        #expect(test.gateway.counters.commands == wrong.count)
        #expect(
            test.gateway.counters.commandsRefused.values.reduce(0, +) == wrong.count)
        #expect(test.gateway.counters.commandsRefused["malformed"] == 2)
    }

    @Test("A field of a wrong type is named, and answered under the command's id")
    func wrongType() throws {
        let test = try gateway()
        let answer = try command(
            test, #"{"command":"shelve","who":"anna","id":"7f3a","for":12}"#)
        #expect(answer["id"] as? String == "7f3a")
        #expect(answer["command"] as? String == "shelve")
        #expect(answer["refused"] as? String == "malformed")
        #expect((answer["text"] as? String ?? "").contains(#"its "for" is not a text in quotes"#))
    }

    @Test("A label's name with a comma is refused with words, and a time may be how long ago")
    func labelWords() throws {
        let test = try gateway()
        let comma = try command(
            test,
            #"{"command":"label","who":"anna","from":"10m","to":"now","kind":"fault","name":"a, b"}"#
        )
        #expect(comma["refused"] as? String == "bad_name")
        #expect((comma["text"] as? String ?? "").contains("comma"))
        let good = try command(
            test,
            #"{"command":"label","who":"anna","from":"10m","to":"now","kind":"fault","name":"a b"}"#
        )
        #expect(good["ok"] as? Bool == true)
        let list = try ControlServer.labels(ControlRequest(.labels), test.gateway).labels ?? []
        #expect(list.map { $0.toMs - $0.fromMs } == [600_000])
    }

    @Test("A shelf too long is refused with the limit")
    func shelfLimit() {
        let words = AlarmSettings().shelfWords(for: "30d")
        #expect(words.contains("at most 7d (alarms.shelve_max)"))
    }

    @Test("Refusals of a stream that never gave one good message are shown under its name")
    func strangers() throws {
        let test = try gateway()
        var message = test.message("camera", "no numbers {")
        message.topic = "features/press-1/<hydro>"
        message.payload = Array(#"{"v":[1,"x"]}"#.utf8)
        try test.keep([message])
        message.topic = "features/press-9/hydro"
        try test.keep([message])
        let report = test.gateway.statusReport()
        let stream = report.assets.first?.streams.first { $0.name == "<hydro>" }
        #expect(stream?.refused.values.reduce(0, +) == 1)
        #expect(stream?.accepted == 0)
        #expect(report.strangers.map(\.asset) == ["press-9"])
        #expect(report.strangers.map(\.stream) == ["hydro"])
    }

    @Test("The linear model is there without training, and an asset that has it says so")
    func linear() throws {
        let test = try gateway()
        let answer = try command(test, #"{"command":"use_model","who":"anna","model":"linear"}"#)
        #expect(answer["ok"] as? Bool == true)
        #expect(answer["text"] as? String == "press-1 uses the linear model already")
        #expect(test.gateway.proposals.isEmpty)
    }

    @Test("A retained command is ignored, counted and not answered")
    func retained() throws {
        let test = try gateway()
        let answer = try command(
            test, #"{"command":"shelve","who":"anna"}"#, isRetained: true)
        #expect(answer.isEmpty)
        #expect(test.gateway.counters.commandsRefused == ["retained": 1])
        #expect(test.gateway.pipeline.alarm(of: asset)?.handling.shelvedUntil == nil)
    }

    @Test("The same id is done once")
    func repeated() throws {
        let test = try gateway()
        let order = #"{"command":"out_of_service","who":"anna","id":"1"}"#
        #expect(try command(test, order)["ok"] as? Bool == true)
        #expect(
            try command(test, #"{"command":"in_service","who":"anna","id":"2"}"#)["ok"] as? Bool
                == true)
        #expect(try command(test, order)["ok"] as? Bool == true)
        #expect(test.gateway.pipeline.alarm(of: asset)?.life != .outOfService)
        #expect(test.gateway.counters.commandsRepeated == 1)
    }

    @Test("Commands are repeated in their place after a crash, and kept with who and why")
    func survivesCrash() throws {
        let test = try gateway()
        _ = try command(
            test, #"{"command":"shelve","who":"anna","why":"bearing on order","for":"2h"}"#)
        _ = try command(test, #"{"command":"out_of_service","who":"ben"}"#)
        _ = try command(test, #"{"command":"in_service","who":"cleo","id":"7"}"#)
        let before = test.gateway.pipeline.alarm(of: asset)
        try test.crash()
        #expect(test.gateway.pipeline.alarm(of: asset) == before)
        try test.gateway.commit(isFinal: false)
        try test.crash()
        #expect(test.gateway.pipeline.alarm(of: asset) == before)
        let events = try test.gateway.store.alarmEvents(asset: asset).reversed()
            .filter { $0.who != "anchord" }
        #expect(events.map(\.change) == ["shelved", "out_of_service", "in_service"])
        #expect(events.map(\.who) == ["anna", "ben", "cleo"])
        #expect(events.first?.why == "bearing on order")
        // Known over the crashes, too.
        let again = try command(test, #"{"command":"in_service","who":"cleo","id":"7"}"#)
        #expect(again["ok"] as? Bool == true)
    }

    @Test("A label is stored once, kept over a crash, and removed by its number")
    func labels() throws {
        let test = try gateway()
        let json = #"""
            {"command":"label","who":"anna","from":"2026-09-21T14:00:00Z","for":"30m",
             "kind":"fault","name":"bearing outer"}
            """#
        #expect(try command(test, json)["ok"] as? Bool == true)
        try test.crash()
        _ = try command(test, json)
        let list = try ControlServer.labels(ControlRequest(.labels), test.gateway).labels ?? []
        #expect(list.map(\.name) == ["bearing outer"])
        #expect(list.first.map { $0.toMs - $0.fromMs } == 1_800_000)
        var request = ControlRequest(.removeLabel, id: "\(list[0].id)")
        request.who = "ben"
        #expect(try ControlServer.removeLabel(request, test.gateway).error == nil)
        #expect(try ControlServer.labels(ControlRequest(.labels), test.gateway).labels == [])
        #expect(try ControlServer.removeLabel(request, test.gateway).error != nil)
    }

    @Test("Planned work and faults are not learnt from while they last, nor what is out of service")
    func notLearntFrom() throws {
        let test = try gateway()
        let offered = { test.gateway.pipeline.lines[0].progress.offered }
        var second = 5
        func windows(_ count: Int) throws {
            for _ in 0..<count {
                try test.keep([
                    test.message("camera", "{\"t\":\(1_790_000_000 + second),\"v\":[1,2,3]}")
                ])
                second += 1
                test.pass(.seconds(1))
            }
        }
        try windows(5)
        let before = offered()
        #expect(before > 0)
        _ = try command(test, #"{"command":"out_of_service","who":"anna"}"#)
        try windows(5)
        #expect(offered() == before)
        _ = try command(test, #"{"command":"in_service","who":"anna"}"#)
        try windows(5)
        let later = offered()
        #expect(later > before)
        _ = try command(
            test,
            #"{"command":"label","who":"anna","from":"1790000000000","for":"1d","kind":"planned"}"#)
        try windows(5)
        #expect(offered() == later)
    }

    @Test("An exported label is read as a labels file, whole windows only")
    func export() throws {
        let label = { (kind: String) in
            LabelEntry(
                LabelRow(
                    asset: AssetName("press-1"), from: EventTime(milliseconds: 1500),
                    to: EventTime(milliseconds: 5200), kind: kind, name: "jam", who: "anna",
                    why: "", createdMs: 0))
        }
        let rows = label("fault").csv(length: .seconds(1), hop: .seconds(1))
        #expect(
            rows == [
                "press-1,2000,test,jam,", "press-1,3000,test,jam,", "press-1,4000,test,jam,",
            ])
        #expect(
            label("false_alarm").csv(length: .seconds(2), hop: .seconds(1)) == [
                "press-1,2000,train,normal,", "press-1,3000,train,normal,",
            ])
        #expect(label("planned").csv(length: .seconds(1), hop: .seconds(1)).isEmpty)
    }

    @Test("States go into a column of their own, under a fault too, and planned work stays out")
    func exportOfStates() throws {
        func label(_ kind: String, _ name: String, _ from: Int64, _ to: Int64) -> LabelEntry {
            LabelEntry(
                LabelRow(
                    asset: AssetName("press-1"), from: EventTime(milliseconds: from),
                    to: EventTime(milliseconds: to), kind: kind, name: name, who: "anna",
                    why: "", createdMs: 0))
        }
        let rows = LabelEntry.file(
            of: [
                label("state", "birch", 0, 3000), label("fault", "jam", 1000, 2000),
                label("state", "elm", 3000, 5000), label("planned", "", 4000, 5000),
                label("false_alarm", "", 6000, 7000),
            ], length: .seconds(1), hop: .seconds(1))
        #expect(
            rows == [
                "asset,window_start_ms,split,label,stream,state",
                "press-1,0,train,normal,,birch", "press-1,1000,test,jam,,birch",
                "press-1,2000,train,normal,,birch", "press-1,3000,train,normal,,elm",
                "press-1,6000,train,normal,,",
            ])
        #expect(
            LabelEntry.file(
                of: [label("fault", "jam", 0, 1000)], length: .seconds(1), hop: .seconds(1))
                == ["asset,window_start_ms,split,label,stream", "press-1,0,test,jam,"])
        // Nothing else is said of a state than its name, so it needs one.
        func named(_ name: String) throws -> OperatorLabel {
            try OperatorLabel(
                from: "0", to: "1000", for: nil, kind: "state", name: name,
                now: EventTime(milliseconds: 2000))
        }
        #expect(throws: LabelFault.namelessState) { try named("") }
        let state = try named("birch")
        #expect(!state.keepsFromLearning)
    }
}
