import Detection
import Signals
import Testing

/// The alarm against a table written down a second time, over random scores and commands.
@Suite struct AlarmLifeTests {
    private let settings = AlarmSettings()
    private static let seeds = UInt64(0)..<60

    /// One thing that happens to an alarm.
    private enum Event: CaseIterable {
        case high, between, low, silence
        case suppress, bad
        case acknowledge, shelve, unshelve, outOfService, inService, relearn

        var action: AlarmAction? {
            switch self {
            case .acknowledge: .acknowledge
            case .shelve: .shelve(seconds: 7)
            case .unshelve: .unshelve
            case .outOfService: .outOfService
            case .inService: .inService
            default: nil
            }
        }
    }

    /// What the table of `AlarmLife` says, kept as plain facts.
    private struct Reference {
        var isRaised = false
        var isOwed = false
        var isUntold = false
        var shelf: Int?
        var isOut = false
        var isSuppressed = false

        var life: AlarmLife {
            if isOut { return .outOfService }
            if shelf != nil { return .shelved }
            if isSuppressed { return .suppressed }
            if isRaised { return isOwed ? .unacknowledged : .acknowledged }
            return isOwed ? .returnedUnacknowledged : .normal
        }

        /// Whether it rings now.
        mutating func settle() -> Bool {
            guard !isOut, shelf == nil, !isSuppressed, isUntold else { return false }
            defer { (isOwed, isUntold) = (true, false) }
            return !isOwed
        }
    }

    private func walk(
        seed: UInt64, length: Int = 600,
        check: (_ event: Event, _ before: AlarmLife, _ steps: [AlarmStep], _ alarm: Alarm) -> Void
    ) {
        var random = SeededGenerator(seed: seed)
        var alarm = Alarm()
        var reference = Reference()
        for second in 0..<length {
            let time = EventTime(milliseconds: Int64(second) * 1000)
            let event = Event.allCases.randomElement(using: &random)!
            let before = alarm.life
            var rings = 0
            // Every event comes with a window, so time passes.
            alarm.pass(time)
            if let until = reference.shelf, until <= second {
                reference.shelf = nil
                if reference.settle() { rings += 1 }
            }
            apply(event, to: &alarm, at: time)
            rings += follow(event, in: &reference, at: second, condition: alarm.state.isRaised)
            let steps = alarm.takeSteps(at: time)
            #expect(alarm.life == reference.life, "seed \(seed), \(second): \(event)")
            #expect(steps.count { $0.rings } == rings, "seed \(seed), \(second): \(event)")
            check(event, before, steps, alarm)
        }
    }

    private func apply(_ event: Event, to alarm: inout Alarm, at time: EventTime) {
        switch event {
        case .high, .between, .low:
            alarm.unsuppress()
            let score = event == .high ? 6.0 : event == .low ? 0.5 : 3.7
            // A run, so that delays are reached often enough.
            for _ in 0..<(event == .low ? 3 : 2) {
                _ = alarm.observe(score: score, threshold: 4, settings: settings)
            }
        case .silence:
            #expect(alarm.observe(score: nil, threshold: 4, settings: settings) == nil)
        case .suppress: alarm.suppress(.idle)
        case .bad: for _ in 0..<5 { alarm.noteBadWindow(settings: settings) }
        case .relearn: alarm.relearn(who: "anna", why: "")
        default:
            _ = alarm.perform(event.action!, who: "anna", why: "", at: time)
        }
    }

    /// - Returns: how often it rings.
    private func follow(
        _ event: Event, in reference: inout Reference, at second: Int, condition isRaised: Bool
    ) -> Int {
        var rings = 0
        switch event {
        case .high, .between, .low:
            reference.isSuppressed = false
            if reference.settle() { rings += 1 }
            if isRaised, !reference.isRaised { reference.isUntold = true }
            if !isRaised { reference.isUntold = false }
            reference.isRaised = isRaised
        case .silence: break
        case .suppress, .bad: reference.isSuppressed = true
        case .acknowledge:
            if reference.life.isUnacknowledged { reference.isOwed = false }
        case .shelve:
            if !reference.isOut { reference.shelf = second + 7 }
        case .unshelve: reference.shelf = nil
        case .outOfService:
            reference.isOut = true
            reference.shelf = nil
        case .inService: reference.isOut = false
        case .relearn:
            reference.isRaised = false
            reference.isOwed = false
            reference.isUntold = false
            reference.isSuppressed = true
        }
        if reference.settle() { rings += 1 }
        return rings
    }

    @Test("Every life and every ring is what the table says", arguments: seeds)
    func followsTheTable(seed: UInt64) {
        walk(seed: seed) { _, _, _, _ in }
    }

    @Test(
        "Steps join: each begins where the one before ended, and their numbers count",
        arguments: seeds)
    func stepsJoin(seed: UInt64) {
        var life = AlarmLife.normal
        var number: Int64 = 0
        walk(seed: seed) { _, _, steps, alarm in
            for step in steps {
                #expect(step.from == life)
                #expect(step.number == number + 1)
                (life, number) = (step.to, step.number)
            }
            #expect(alarm.life == life)
        }
    }

    @Test("Out of service, shelved or suppressed it never rings", arguments: seeds)
    func quietNeverRings(seed: UInt64) {
        walk(seed: seed) { _, _, steps, _ in
            for step in steps where step.rings { #expect(step.to == .unacknowledged) }
        }
    }

    @Test("Only an acknowledgement or a relearning ends what waits for one", arguments: seeds)
    func owedUntilAcknowledged(seed: UInt64) {
        var isOwed = false
        walk(seed: seed) { _, _, steps, alarm in
            for step in steps {
                if step.kind == .acknowledged {
                    #expect(step.from.isUnacknowledged && !step.to.isUnacknowledged)
                }
                if step.kind == .acknowledged || step.kind == .relearn { isOwed = false }
                if step.rings { isOwed = true }
            }
            #expect(alarm.handling.isOwed == isOwed)
        }
    }

    @Test("A shelf always ends by itself", arguments: seeds)
    func shelfEnds(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var alarm = Alarm()
        let length = Int64.random(in: 1...600, using: &random)
        let start = EventTime(milliseconds: 0)
        #expect(
            alarm.perform(.shelve(seconds: length), who: "anna", why: "", at: start) == nil)
        alarm.pass(start + .seconds(length) - .nanoseconds(1))
        #expect(alarm.life == .shelved)
        alarm.pass(start + .seconds(length))
        #expect(alarm.life == .normal)
        #expect(alarm.takeSteps(at: start).map(\.kind) == [.shelved, .shelfExpired])
    }

    @Test("A refused action changes nothing", arguments: seeds)
    func refusalsChangeNothing(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var alarm = Alarm()
        for _ in 0..<300 {
            let event = Event.allCases.randomElement(using: &random)!
            let before = alarm
            if let action = event.action {
                if alarm.perform(
                    action, who: "anna", why: "", at: EventTime(milliseconds: 0)) != nil
                {
                    #expect(alarm == before)
                }
            } else {
                apply(event, to: &alarm, at: EventTime(milliseconds: 0))
            }
        }
    }

    @Test("Scores that flap ring once, until somebody has acknowledged", arguments: seeds)
    func flappingRingsOnce(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var alarm = Alarm()
        var rings = 0
        var raises = 0
        func flap() {
            for _ in 0..<400 {
                let isHigh = Bool.random(using: &random)
                for _ in 0..<Int.random(in: 1...8, using: &random) {
                    if alarm.observe(
                        score: isHigh ? 8 : 0, threshold: 4, settings: settings) == .raised
                    {
                        raises += 1
                    }
                }
                rings += alarm.takeSteps(at: EventTime(milliseconds: 0)).count { $0.rings }
            }
        }
        flap()
        #expect(raises > 20)
        #expect(rings == 1)
        for _ in 0..<5 { _ = alarm.observe(score: 0, threshold: 4, settings: settings) }
        #expect(alarm.life == .returnedUnacknowledged)
        #expect(
            alarm.perform(.acknowledge, who: "anna", why: "", at: EventTime(milliseconds: 0))
                == nil)
        #expect(alarm.life == .normal)
        flap()
        #expect(rings == 2)
    }

    @Test("What rose on the shelf and still stands rings when the shelf ends; what passed does not")
    func shelvedRaise() {
        for isStillThere in [true, false] {
            var alarm = Alarm()
            let start = EventTime(milliseconds: 0)
            _ = alarm.perform(.shelve(seconds: 60), who: "anna", why: "", at: start)
            for _ in 0..<2 { _ = alarm.observe(score: 8, threshold: 4, settings: settings) }
            if !isStillThere {
                for _ in 0..<5 { _ = alarm.observe(score: 0, threshold: 4, settings: settings) }
            }
            #expect(alarm.takeSteps(at: start).allSatisfy { !$0.rings })
            alarm.pass(start + .seconds(60))
            #expect(alarm.takeSteps(at: start).map(\.rings) == [isStillThere])
            #expect(alarm.life == (isStillThere ? .unacknowledged : .normal))
        }
    }
}
