import Detection
import Signals
import Testing

@Suite struct AlarmTests {
    private let settings = AlarmSettings()

    private func run(_ scores: [Double?], threshold: Double = 4) -> (
        states: [AlarmState], onsets: Int
    ) {
        var alarm = Alarm()
        var onsets = 0
        let states = scores.map { score -> AlarmState in
            if alarm.observe(score: score, threshold: threshold, settings: settings) == .raised {
                onsets += 1
            }
            return alarm.state
        }
        return (states, onsets)
    }

    @Test("One high window is pending and passes; two in a row raise")
    func onDelay() {
        #expect(run([5, 1]).states == [.pending, .normal])
        #expect(run([5, 5]).states == [.pending, .raised])
    }

    @Test("A score hovering between the two levels rings the bell once")
    func hoveringRingsOnce() {
        let hovering: [Double?] = [5, 5] + (0..<50).map { $0.isMultiple(of: 2) ? 3.6 : 4.2 }
        #expect(run(hovering).onsets == 1)
        #expect(run(hovering).states.last == .raised)
    }

    @Test("It clears after the off-delay below the clearing level, and not a window sooner")
    func offDelay() {
        #expect(run([5, 5, 1, 1, 1, 1]).states.last == .clearing)
        #expect(run([5, 5, 1, 1, 1, 1, 1]).states.last == .normal)
        #expect(run([5, 5, 1, 1, 1, 1, 4, 1, 1, 1, 1]).states.last == .clearing)
    }

    @Test("Windows without a score neither raise nor clear")
    func silenceChangesNothing() {
        #expect(run([5, nil, 5]).states == [.pending, .pending, .raised])
        #expect(run([5, 5] + [Double?](repeating: nil, count: 100)).states.last == .raised)
    }

    @Test("The threshold is the score that the budget allows one window to reach")
    func thresholdFollowsBudget() {
        #expect(abs(settings.threshold(hop: .seconds(1)) - 5.7816) < 1e-3)
        var hourly = settings
        hourly.falseAlarms = FalseAlarmBudget("2 per hour")!
        #expect(abs(hourly.threshold(hop: .seconds(60)) - 1.4771) < 1e-3)
    }

    @Test(
        "A budget is a positive number per hour, day, week or month; nothing else is read",
        arguments: [
            "", "1", "1 per", "0 per day", "-1 per day", "1 per year", "one per day", "inf per day",
        ])
    func badBudgets(text: String) {
        #expect(FalseAlarmBudget(text) == nil)
    }

    @Test(
        "A budget prints as it is written", arguments: ["1 per week", "0.5 per day", "12 per hour"])
    func budgetsRoundTrip(text: String) {
        #expect(FalseAlarmBudget(text)?.description == text)
    }
}
