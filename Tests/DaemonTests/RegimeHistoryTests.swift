import Fusion
import Intake
import Learning
import Signals
import TestSupport
import Testing

@testable import Daemon

@Suite("What a model's regimes are called")
struct RegimeHistoryTests {
    /// 300 windows, the first of them tagged by turns with one of two recipes of the same asset.
    private func corpus(tagged: Int) throws -> (TemporaryFolder, TrainingCorpus) {
        let folder = try TemporaryFolder()
        let corpus = try TrainingCorpus(folder: folder.path("."), windowsMax: 10_000)
        var senses = SyntheticSenses(seed: 4)
        let windows = senses.windows(300)
        for window in windows { try corpus.spool.add(window, of: AssetName("press-1")) }
        corpus.tag(
            windows.prefix(tagged).enumerated().map { i, window in
                WindowLabel(
                    asset: AssetName("press-1"), windowStart: window.start, split: .train,
                    label: "normal", stream: "", state: i.isMultiple(of: 2) ? "birch" : "elm")
            })
        return (folder, corpus)
    }

    private func regimes(_ corpus: TrainingCorpus) throws -> String? {
        var plan = TrainingPlan()
        plan.training.dimension = 6
        plan.training.hidden = [16]
        plan.training.epochs = 2
        plan.training.batch = 64
        plan.training.objective = .decAlign
        return try ModelTraining.run(corpus, plan: plan).model.metadata["regimes"]
    }

    @Test(
        "Every window is in one regime, every tag is counted once, and untagged ones have no name")
    func counted() throws {
        let (folder, tagged) = try corpus(tagged: 120)
        defer { _ = folder }
        let text = try #require(try regimes(tagged))
        let each = text.split(separator: ";")
        #expect(each.count > 1)
        let shares = each.compactMap { $0.firstMatch(of: /: ([0-9.]+) % of the windows/)?.output.1 }
        #expect(abs(shares.compactMap { Double($0) }.reduce(0, +) - 100) < 0.5)
        let counts = each.compactMap { $0.firstMatch(of: /\ of ([0-9]+)$/)?.output.1 }
        #expect(counts.compactMap { Int($0) }.reduce(0, +) == 120)
        #expect(text.contains("tagged birch ") || text.contains("tagged elm "))
        let (other, none) = try corpus(tagged: 0)
        defer { _ = other }
        #expect(try regimes(none)?.contains("tagged") == false)
    }

    @Test(
        "The most frequent state comes first, ties by name, and beyond three they are only counted")
    func words() {
        let history = RegimeHistory(
            number: 2, windows: 30, windowsInAll: 120, since: EventTime(milliseconds: 0),
            last: EventTime(milliseconds: 60_000),
            states: [("elm", 5), ("ash", 3), ("fir", 1), ("oak", 1)])
        #expect(
            history.description
                == "2: 25.0 % of the windows, since 1970-01-01T00:00:00Z, last 1970-01-01T00:01:00Z, "
                + "tagged elm 50.0 %, ash 30.0 %, fir 10.0 %, 1 more of 10")
    }
}
