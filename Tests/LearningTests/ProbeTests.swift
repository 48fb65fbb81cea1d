import Learning
import LinearAlgebra
import Signals
import Testing

@Suite struct ProbeTests {
    @Test(
        "A probe reads labels that planes separate, and none that are not there",
        arguments: UInt64(0)..<4)
    func ridgeProbeReadsLabels(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let centres = gaussian(4, 6, using: &random)
        let labels = (0..<800).map { _ in Int.random(in: 0..<4, using: &random) }
        let z = sum(centres.selecting(rows: labels), 0.1, gaussian(800, 6, using: &random))
        let train = Array(0..<400)
        let test = Array(400..<800)
        let probe = RidgeProbe(
            embeddings: z.selecting(rows: train), labels: Array(labels[..<400]), classes: 4)
        #expect(probe.accuracy(z.selecting(rows: test), labels: Array(labels[400...])) > 0.98)
        let blind = RidgeProbe(
            embeddings: z.selecting(rows: train), labels: train.map { $0 % 4 }, classes: 4)
        let chance = blind.accuracy(z.selecting(rows: test), labels: test.map { $0 % 4 })
        #expect(chance < 0.4)
    }

    @Test("A probe does not mind how an embedding is scaled and shifted", arguments: UInt64(0)..<4)
    func scaleDoesNotMatter(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let z = gaussian(300, 4, using: &random)
        let labels = (0..<300).map { z[$0, 1] + z[$0, 2] > 0 ? 1 : 0 }
        var scaled = z
        for i in 0..<300 { for k in 0..<4 { scaled[i, k] = 5 * z[i, k] * Double(k + 1) - 3 } }
        let a = RidgeProbe(embeddings: z, labels: labels, classes: 2).predict(z)
        let b = RidgeProbe(embeddings: scaled, labels: labels, classes: 2).predict(scaled)
        #expect(zip(a, b).count { $0 != $1 } <= 1)
    }

    @Test("A factor in the embedding is found, one outside is not", arguments: UInt64(0)..<4)
    func factorsAreFound(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let factors = gaussian(2000, 3, using: &random)
        // Two of three factors, mixed into five numbers.
        var mixing = gaussian(3, 5, using: &random)
        for k in 0..<5 { mixing[2, k] = 0 }
        let z = factors.times(mixing)
        let train = Array(0..<1000)
        let test = Array(1000..<2000)
        let probe = FactorProbe(
            embeddings: z.selecting(rows: train), factors: factors.selecting(rows: train))
        let R2 = probe.determination(
            embeddings: z.selecting(rows: test), factors: factors.selecting(rows: test))
        #expect(R2[0] > 0.999 && R2[1] > 0.999)
        #expect(abs(R2[2]) < 0.05)
    }
}

@Suite struct PlaneMapTests {
    @Test("A map of a plane keeps all distances", arguments: UInt64(0)..<4)
    func planesAreKept(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let plane = gaussian(40, 2, using: &random)
        let x = plane.times(rotation(7, using: &random).selecting(rows: [0, 1]))
        let map = PlaneMap(fitting: x)
        #expect(abs(map.share - 1) < 1e-9)
        let points = map.points(x)
        for i in 0..<39 {
            let there = zip(x.row(i), x.row(i + 1)).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            let dx = points[i].x - points[i + 1].x
            let dy = points[i].y - points[i + 1].y
            #expect(abs(there - dx * dx - dy * dy) < 1e-9)
        }
    }

    @Test("A line and a point have maps too")
    func lineAndPoint() {
        let line = Matrix(rows: 3, columns: 1, elements: [1, 2, 4])
        #expect(PlaneMap(fitting: line).points(line).allSatisfy { $0.y == 0 })
        let point = Matrix(rows: 3, columns: 4, repeating: 2)
        #expect(PlaneMap(fitting: point).share == 0)
    }
}
