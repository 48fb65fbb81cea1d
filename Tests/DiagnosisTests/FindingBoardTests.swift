import Signals
import Testing

@testable import Diagnosis

@Suite("Findings appear, change and go")
struct FindingBoardTests {
    /// A board as a reference: expectations may change it.
    private final class Looked {
        private var board = FindingBoard()
        var told: [FindingBoard.Entry] { board.told }
        var correctable: [Finding] { board.correctable }
        var isEmpty: Bool { board.isEmpty }
        func noteCorrection() { board.noteCorrection() }
        func take(_ look: DiagnosisLook, hop: Double) -> Bool { board.take(look, hop: hop) }
    }

    private func finding(
        _ kind: Finding.Kind = .lag, stream: String = "audio", size: Double = 2
    ) -> Finding {
        Finding(
            kind: kind, severity: .wrong, asset: "press-1", stream: stream, other: nil,
            headline: "\(size)", evidence: "", confidence: 1, advice: "", size: size)
    }

    private func look(
        _ findings: [Finding], kinds: [Finding.Kind] = [.lag, .pairing], isTold: Bool = true,
        at second: Int64 = 0
    ) -> DiagnosisLook {
        DiagnosisLook(
            asset: AssetName("press-1"), at: EventTime(milliseconds: second * 1000), kinds: kinds,
            findings: findings,
            told: isTold ? kinds.map { DiagnosisLook.key($0, "audio") } : [])
    }

    @Test("Two looks in a row make a finding, dated by the first")
    func appears() {
        let board = Looked()
        #expect(!board.take(look([finding()], at: 5), hop: 1))
        #expect(board.told.isEmpty)
        #expect(board.take(look([finding()], at: 9), hop: 1))
        #expect(board.told.map(\.sinceMs) == [5000])
        #expect(!board.take(look([finding()]), hop: 1))
    }

    @Test("A look without it in between, told or not, and it takes two more")
    func interrupted() {
        for isTold in [true, false] {
            let board = Looked()
            _ = board.take(look([finding()]), hop: 1)
            _ = board.take(look([], isTold: isTold), hop: 1)
            #expect(!board.take(look([finding()]), hop: 1))
            #expect(board.take(look([finding()]), hop: 1))
        }
    }

    @Test("It goes after three looks that could tell, or twelve that could not")
    func goes() {
        for (isTold, looks) in [(true, 3), (false, 12)] {
            let board = Looked()
            for _ in 0..<2 { _ = board.take(look([finding()]), hop: 1) }
            for n in 1...looks {
                let isNews = board.take(look([], isTold: isTold), hop: 1)
                #expect(isNews == (n == looks))
            }
            #expect(board.told.isEmpty && board.isEmpty)
        }
    }

    @Test("Looks for something else say nothing of it")
    func otherKinds() {
        let board = Looked()
        for _ in 0..<2 { _ = board.take(look([finding()]), hop: 1) }
        for _ in 0..<50 {
            #expect(!board.take(look([], kinds: [.swapped, .misplaced, .copy]), hop: 1))
        }
        #expect(board.told.count == 1)
    }

    @Test("However looks come out, a thousand of them tell at most four hundred times")
    func flapping() {
        var worst = 0
        for seed in UInt64(0)..<20 {
            var random = SeededGenerator(seed: seed)
            let board = Looked()
            var told = 0
            for _ in 0..<1000 {
                let isFound = Double.random(in: 0..<1, using: &random) < 0.5
                told += board.take(look(isFound ? [finding()] : []), hop: 1) ? 1 : 0
            }
            worst = max(worst, told)
        }
        #expect(worst <= 400 && worst > 0)
    }

    @Test("A little more or less is not told again, a half hop and a quarter more are")
    func changes() {
        let board = Looked()
        for _ in 0..<2 { _ = board.take(look([finding(size: 2)]), hop: 1) }
        #expect(!board.take(look([finding(size: 2.4)]), hop: 1))
        #expect(board.told.first?.finding.size == 2)
        #expect(board.take(look([finding(size: 2.6)]), hop: 1))
        #expect(board.told.first?.finding.size == 2.6)
    }

    @Test("A corrected lag is gone at once, and four looks pass before the next correction")
    func corrections() {
        let board = Looked()
        for _ in 0..<2 { _ = board.take(look([finding()]), hop: 1) }
        #expect(board.correctable.count == 1)
        board.noteCorrection()
        #expect(board.told.isEmpty)
        for n in 1...4 {
            #expect(board.correctable.isEmpty, "after \(n - 1) looks")
            _ = board.take(look([finding(size: 1.5)]), hop: 1)
        }
        #expect(board.correctable.count == 1)
    }

    @Test("A stream that is another machine's is not corrected, and its pairing is no news")
    func astray() {
        let board = Looked()
        for _ in 0..<2 {
            _ = board.take(look([finding()]), hop: 1)
            _ = board.take(look([finding(.swapped)], kinds: [.swapped]), hop: 1)
        }
        #expect(board.told.count == 2)
        #expect(board.correctable.isEmpty)
        for _ in 0..<3 { _ = board.take(look([finding(.pairing, size: 0.3)]), hop: 1) }
        #expect(!board.told.contains { $0.finding.kind == .pairing })
    }
}
