import Signals
import SimulatedPlant
import Testing

/// The fault that nobody can see by looking at one sense: its samples during a contradiction are
/// drawn from the same distribution as always.
@Suite("A contradiction is invisible to each sense alone")
struct ContradictionTests {
    /// One sense's samples while it contradicts the others, and while all is well.
    private func split(_ sense: Sense, seed: UInt64) throws -> (
        wrong: [Recorded.Heard], right: [Recorded.Heard]
    ) {
        var settings = smallPlant(seed: seed, seconds: 1500)
        settings.faultKinds = [.contradiction]
        settings.faultEvery = .seconds(20)
        settings.faultLength = .seconds(10)
        // Short recipes make many independent draws, and so a sharp test.
        settings.recipeSeconds = 1...3
        settings.clear(offsetsOf: sense)
        let recorded = try Recorded(settings)
        let faults = recorded.faults.filter { $0.streams == [sense.stream] }
        let heard = recorded.of(sense)
        let wrong = heard.filter { h in faults.contains { $0.from <= h.stamp && h.stamp < $0.to } }
        // The same stretches of the machine's life that the other senses' faults fill.
        let others = recorded.faults.filter { $0.streams != [sense.stream] }
        let right = heard.filter { h in others.contains { $0.from <= h.stamp && h.stamp < $0.to } }
        return (wrong, right)
    }

    @Test("Every number keeps its mean and its spread", arguments: [Sense.camera, .audio], 1...3)
    func numbersKeepTheirMargins(sense: Sense, seed: Int) throws {
        let (wrong, right) = try split(sense, seed: UInt64(seed))
        #expect(wrong.count > 500)
        for i in right[0].values.indices {
            let a = moments(wrong.map { $0.values[i] })
            let b = moments(right.map { $0.values[i] })
            // Some 100 stretches of recipes: a standard error of a tenth, and 4 of them.
            #expect(abs(a.mean - b.mean) < 0.4 * b.deviation)
            #expect(abs(a.deviation / b.deviation - 1) < 0.3)
        }
    }

    @Test("The distance from the usual tells nothing", arguments: [Sense.camera, .audio], 1...3)
    func distanceTellsNothing(sense: Sense, seed: Int) throws {
        let (wrong, right) = try split(sense, seed: UInt64(seed))
        let usual = right[0].values.indices.map { i in moments(right.map { $0.values[i] }) }
        func distance(_ heard: Recorded.Heard) -> Double {
            zip(heard.values, usual).reduce(0) { sum, pair in
                let z = (pair.0 - pair.1.mean) / pair.1.deviation
                return sum + z * z
            }
        }
        // The area under the ROC curve: the chance that a wrong one is farther out than a right one.
        let far = right.map(distance).sorted()
        let below = wrong.reduce(0) { $0 + far.partition(before: distance($1)) }
        let area = Double(below) / Double(wrong.count * right.count)
        #expect(abs(area - 0.5) < 0.12)
    }

    @Test("The log names every recipe as often as ever", arguments: 1...3)
    func logKeepsItsRecipes(seed: Int) throws {
        let (wrong, right) = try split(.log, seed: UInt64(seed))
        func shares(_ heard: [Recorded.Heard]) -> [String: Double] {
            let named = heard.compactMap(\.recipe)
            return named.reduce(into: [:]) { $0[$1, default: 0] += 1 / Double(named.count) }
        }
        let a = shares(wrong)
        let b = shares(right)
        #expect(Set(a.keys) == Set(b.keys) && a.count == 5)
        for (recipe, share) in a { #expect(abs(share - b[recipe]!) < 0.16, "\(recipe)") }
    }

    private func moments(_ x: [Double]) -> (mean: Double, deviation: Double) {
        let mean = x.reduce(0, +) / Double(x.count)
        let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count)
        return (mean, variance.squareRoot())
    }
}

extension PlantSettings {
    /// With an offset of zero a stamp is the true time, and says whether a fault was on.
    fileprivate mutating func clear(offsetsOf sense: Sense) {
        switch sense {
        case .camera: camera.clockOffset = .zero
        case .audio: audio.clockOffset = .zero
        case .log: log.clockOffset = .zero
        }
    }
}

extension [Double] {
    /// How many of these sorted numbers are below `x`.
    fileprivate func partition(before x: Double) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < x { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
