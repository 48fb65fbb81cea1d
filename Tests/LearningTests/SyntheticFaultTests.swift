import Fusion
import Signals
import TestSupport
import Testing

@testable import Learning

@Suite("Faults put into normal windows")
struct SyntheticFaultTests {
    private let windows: [WindowSummary]
    private let heldBack: [Int]

    init() {
        var senses = SyntheticSenses(seed: 5)
        windows = senses.windows(160)
        heldBack = windows.indices.filter {
            LinearFit.role(ofWindow: $0, of: 160) != .fit
        }
    }

    private func faulty(_ fault: SyntheticFault) -> [WindowSummary?] {
        var maker = FaultMaker(windows: windows, heldBack: heldBack)
        return heldBack.map { maker.window($0, with: fault) }
    }

    @Test("The same windows get the same faults", arguments: SyntheticFault.allCases)
    func deterministic(fault: SyntheticFault) {
        #expect(faulty(fault) == faulty(fault))
    }

    @Test("A fault changes one sense and leaves the others", arguments: SyntheticFault.allCases)
    func oneSense(fault: SyntheticFault) throws {
        let made = zip(heldBack, faulty(fault)).filter { $1 != nil }
        #expect(made.count > heldBack.count / 2)
        for (index, window) in made {
            let window = try #require(window)
            #expect(window.start == windows[index].start)
            let changed = SyntheticSenses.names.filter {
                window.streams[$0] != windows[index].streams[$0]
            }
            #expect(changed.count == 1, "window \(index)")
        }
    }

    @Test("A window of one sense has no fault that other senses could tell")
    func alone() {
        var window = windows[heldBack[0]]
        window.streams = window.streams.filter { $0.key == SyntheticSenses.names[0] }
        var maker = FaultMaker(windows: [window], heldBack: [0])
        for fault in SyntheticFault.allCases { #expect(maker.window(0, with: fault) == nil) }
    }
}
