import Foundation
import Fusion
import Learning
import LinearAlgebra
import Signals
import Testing

@Suite struct ObjectiveTests {
    private static func centroid(
        _ change: (inout Objective.Centroid) -> Void = { _ in }
    ) -> Objective {
        var centroid = Objective.Centroid()
        change(&centroid)
        return .centroid(centroid)
    }

    static let differentiable: [Objective] = [
        centroid { $0.passesGradient = true },
        centroid {
            $0.passesGradient = true
            $0.isNormalised = true
        },
        centroid {
            $0.passesGradient = true
            $0.leavesOneOut = true
        },
        centroid {
            $0.passesGradient = true
            $0.leavesOneOut = true
            $0.isNormalised = true
        },
        centroid {
            $0.passesGradient = true
            $0.rule = .trimmed
            $0.leavesOneOut = true
        },
        .fixed(StreamName("s1"), isFrozen: false), .allPairs,
    ]

    static let stopped: [Objective] = [
        centroid(), centroid { $0.isNormalised = true }, centroid { $0.leavesOneOut = true },
        centroid { $0.rule = .weighted }, centroid { $0.rule = .trimmed },
        .fixed(StreamName("s1"), isFrozen: true),
    ]

    private struct Batch {
        var rows = 6
        var dimension = 5
        var senses = 3
        var temperature = 0.3
        var z: [Buffer<Double>]
        var isPresent: [Bool]
        var near: [(Int, Int)] = []

        init(rows: Int = 6, senses: Int = 3, dimension: Int = 5, seed: UInt64, missing: Bool) {
            (self.rows, self.senses, self.dimension) = (rows, senses, dimension)
            z = (0..<senses).map { m in
                Buffer(unitVectors(rows: rows, dimension: dimension, seed: seed &+ UInt64(m) &* 9))
            }
            isPresent = [Bool](repeating: true, count: rows * senses)
            if missing {
                isPresent[1] = false
                isPresent[(rows - 1) * senses] = false
                // One row with a single sense.
                isPresent[2 * senses] = false
                isPresent[2 * senses + 2] = false
            }
        }

        func evaluate(_ objective: Objective, workers: Int = 1) -> (Double, [[Double]]) {
            let loss = ContrastiveLoss<Double>(
                objective, anchor: 1, senseCount: senses, dimension: dimension, rowsMax: rows,
                temperature: temperature)
            let dz = z.map { Buffer<Double>(count: $0.count) }
            let value = loss.evaluate(
                z, rows: rows, isPresent: isPresent, near: near, into: dz,
                workers: Workers(threads: workers))
            return (value, dz.map(\.values))
        }
    }

    @Test(
        "The gradient by every z is the difference quotient", arguments: differentiable,
        [true, false])
    func gradients(objective: Objective, missing: Bool) {
        for seed in UInt64(0)..<4 {
            var batch = Batch(seed: seed, missing: missing)
            batch.near = [(0, 3), (2, 4)]
            let (_, dz) = batch.evaluate(objective)
            for m in 0..<3 {
                let error = finiteDifferenceError(batch.z[m], gradient: dz[m]) {
                    batch.evaluate(objective).0
                }
                #expect(error < gradientErrorMax, "seed \(seed), sense \(m)")
            }
        }
    }

    /// What is stopped does not move: the check holds the centroids, or the anchor, as they are.
    @Test(
        "A stopped gradient is the difference quotient with the centroid held", arguments: stopped)
    func stoppedGradients(objective: Objective) {
        for seed in UInt64(0)..<4 {
            let batch = Batch(seed: seed, missing: false)
            let (_, dz) = batch.evaluate(objective)
            for m in 0..<3 {
                let held = target(objective, sense: m, batch)
                var total = 0.0
                for (left, right) in held where left == m {
                    let error = finiteDifferenceError(batch.z[m], gradient: dz[m]) {
                        reference(batch.z[m].values, right, batch)
                    }
                    total = max(total, error)
                }
                if held.isEmpty { #expect(dz[m].allSatisfy { $0 == 0 }) }
                #expect(total < gradientErrorMax, "seed \(seed), sense \(m)")
            }
        }
    }

    /// What the sense is drawn to, written down plainly.
    private func target(
        _ objective: Objective, sense m: Int, _ batch: Batch
    ) -> [(Int, [Double])] {
        guard case .centroid(let centroid) = objective else {
            return m == 1 ? [] : [(m, batch.z[1].values)]
        }
        let d = batch.dimension
        var a = [Double](repeating: 0, count: batch.rows * d)
        for row in 0..<batch.rows {
            let z = batch.z.map { Array($0.values[row * d..<(row + 1) * d]) }
            let gram = z.flatMap { x in z.map { y in zip(x, y).reduce(0) { $0 + $1.0 * $1.1 } } }
            var w = centroid.rule.weights(gram: gram, count: 3)
            if centroid.leavesOneOut {
                w = w.indices.map { $0 == m ? 0 : w[$0] / (1 - w[m]) }
            }
            var sum = (0..<d).map { j in w.indices.reduce(0) { $0 + w[$1] * z[$1][j] } }
            if centroid.isNormalised {
                let length = sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
                sum = sum.map { $0 / length }
            }
            a.replaceSubrange(row * d..<(row + 1) * d, with: sum)
        }
        return [(m, a)]
    }

    /// Symmetric InfoNCE from its definition, without any of the trainer's devices.
    private func reference(_ u: [Double], _ v: [Double], _ batch: Batch) -> Double {
        let (n, d) = (batch.rows, batch.dimension)
        func s(_ i: Int, _ j: Int) -> Double {
            var sum = 0.0
            for k in 0..<d { sum += u[i * d + k] * v[j * d + k] }
            return sum / batch.temperature
        }
        return (0..<n).reduce(0) { sum, i in
            let forth = log((0..<n).reduce(0) { $0 + exp(s(i, $1)) }) - s(i, i)
            let back = log((0..<n).reduce(0) { $0 + exp(s($1, i)) }) - s(i, i)
            return sum + (forth + back) / Double(n)
        }
    }

    @Test(
        "Single precision gives the gradient of double precision to a thousandth",
        arguments: differentiable + stopped)
    func singlePrecision(objective: Objective) {
        let (rows, d) = (150, 16)
        func gradient<S: KernelScalar>(_: S.Type) -> (Double, [S]) {
            let z = (0..<3).map { m in
                Buffer<S>(unitVectors(rows: rows, dimension: d, seed: UInt64(m)))
            }
            let dz = z.map { Buffer<S>(count: $0.count) }
            let loss = ContrastiveLoss<S>(
                objective, anchor: 1, senseCount: 3, dimension: d, rowsMax: rows, temperature: 0.07)
            let value = loss.evaluate(
                z, rows: rows, isPresent: [Bool](repeating: true, count: rows * 3), into: dz)
            return (value, dz.flatMap(\.values))
        }
        let (exact, exactGradient) = gradient(Double.self)
        let (single, singleGradient) = gradient(Float.self)
        #expect(abs(single - exact) < 1e-5 * exact)
        let scale = exactGradient.reduce(0) { max($0, abs($1)) }
        for (a, b) in zip(exactGradient, singleGradient) {
            #expect(abs(a - Double(b)) < 1e-3 * scale)
        }
    }

    @Test("The loss of all pairs is the sum of the definition, weighted 2 / (M − 1)")
    func allPairsIsTheSum() {
        let batch = Batch(senses: 4, seed: 5, missing: false)
        var sum = 0.0
        for left in 0..<4 {
            for right in left + 1..<4 {
                sum += reference(batch.z[left].values, batch.z[right].values, batch) * 2 / 3
            }
        }
        #expect(abs(batch.evaluate(.allPairs).0 - sum) < 1e-12)
    }

    @Test(
        "Rows that are all alike cost ln B in each direction of each term",
        arguments: [
            (Objective.centroid(), 3.0), (.allPairs, 3),
            (.fixed(StreamName("s1"), isFrozen: false), 2),
        ])
    func indistinguishableRows(objective: Objective, terms: Double) {
        var batch = Batch(rows: 7, seed: 1, missing: false)
        let one: [Double] = unitVectors(rows: 1, dimension: 5, seed: 3)
        batch.z = (0..<3).map { _ in Buffer((0..<7).flatMap { _ in one }) }
        let (loss, _) = batch.evaluate(objective)
        #expect(abs(loss - terms * 2 * log(7.0)) < 1e-12)
    }

    @Test(
        "A row with one sense neither costs nor moves",
        arguments: [Objective.centroid(), .allPairs])
    func loneSenses(objective: Objective) {
        let batch = Batch(seed: 4, missing: true)
        let (before, dz) = batch.evaluate(objective)
        for m in 0..<3 { #expect(dz[m][10..<15].allSatisfy { $0 == 0 }) }
        for m in 0..<3 { batch.z[m].base[10] += 0.3 }
        #expect(batch.evaluate(objective).0 == before)
    }

    @Test("Near rows leave each other's softmax, on both sides", arguments: UInt64(0)..<4)
    func nearRowsAreNoNegatives(seed: UInt64) {
        var batch = Batch(rows: 2, seed: seed, missing: false)
        batch.near = [(0, 1)]
        let (loss, dz) = batch.evaluate(.allPairs)
        #expect(abs(loss) < 1e-12)
        for numbers in dz { #expect(numbers.allSatisfy { abs($0) < 1e-12 }) }
    }

    @Test(
        "The order of rows does not matter, nor that of the senses", arguments: UInt64(0)..<4)
    func invariances(seed: UInt64) {
        let batch = Batch(rows: 6, seed: seed, missing: false)
        var turned = batch
        turned.z = batch.z.reversed().map { z in
            Buffer((0..<6).reversed().flatMap { row in Array(z.values[row * 5..<(row + 1) * 5]) })
        }
        for objective in [Objective.centroid(), .allPairs] {
            #expect(abs(batch.evaluate(objective).0 - turned.evaluate(objective).0) < 1e-12)
        }
    }

    @Test(
        "One thread and two give the same loss and gradient, to the bit", arguments: differentiable)
    func threads(objective: Objective) {
        let batch = Batch(rows: 300, seed: 8, missing: true)
        let (one, alone) = batch.evaluate(objective, workers: 1)
        let (two, together) = batch.evaluate(objective, workers: 2)
        #expect(one == two)
        #expect(alone == together)
    }

    @Test("Objectives have names, and other names have no objective")
    func names() throws {
        for name in [
            "centroid", "centroid:gradient,leave-one-out", "centroid:normalised", "all-pairs",
            "fixed:camera", "frozen:audio:left",
        ] {
            #expect(try #require(Objective(name)).name == name)
        }
        for name in ["", "centre", "fixed", "fixed:", "all-pairs:x"] {
            #expect(Objective(name) == nil)
        }
    }
}
