import Fusion
import Signals
import Testing

@Suite("Prototypes of the anchors")
struct PrototypesTests {
    /// Three gatherings of forty anchors each, a tenth wide, one apart.
    private static let anchors: [[Float]] = {
        var dice = SeededGenerator(seed: 5)
        return (0..<120).map { i in
            (0..<4).map { j in
                (j == i % 3 ? 1 : 0) + Float.random(in: -0.1...0.1, using: &dice)
            }
        }
    }()

    @Test("They begin at the known places in their order, and come to lie amid their anchors")
    func begin() {
        let known = Prototypes(centres: [[0, 0, 1, 0], [1, 0, 0, 0]])
        let found = Prototypes(of: Self.anchors, max: 3, from: known)
        #expect(found.centres.count == 3)
        let axes = found.centres.map { centre in centre.indices.max { centre[$0] < centre[$1] } }
        #expect(axes == [2, 0, 1], "the third is the farthest from the two known")
        for (centre, axis) in zip(found.centres, [2, 0, 1]) {
            let members = Self.anchors.indices.filter { $0 % 3 == axis }
            for j in 0..<4 {
                let mean = members.reduce(0) { $0 + Self.anchors[$1][j] } / 40
                #expect(abs(centre[j] - mean) < 1e-5)
            }
        }
    }

    @Test("A known place that no anchor is near is no prototype")
    func unvisited() {
        let known = Prototypes(centres: [[0, 0, 0, 9], [0, 1, 0, 0]])
        let found = Prototypes(of: Self.anchors, max: 1, from: known)
        #expect(found.centres.count == 1)
        let far = Prototypes(of: Self.anchors, max: 3, from: known)
        #expect(far.centres.allSatisfy { abs($0[3]) < 0.1 })
        #expect(
            Prototypes(of: Self.anchors, max: 3, from: Prototypes(centres: []))
                == Prototypes(of: Self.anchors, max: 3))
    }
}
