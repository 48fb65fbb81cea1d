import Learning
import LinearAlgebra
import Signals
import Testing

@testable import Diagnosis

@Suite("Windows that do not go together")
struct PairingTests {
    private let settings = DiagnosisSettings()

    @Test("falsely paired windows rank below the others", arguments: [0.1, 0.2, 0.4])
    func ranking(share: Double) throws {
        var plant = SyntheticTracks(seed: 6)
        let state = plant.state(800, 4, stay: 3)
        let audio = plant.sense("audio", of: state)
        let log = plant.sense("log", of: state)
        let camera = plant.sense("camera", of: state)
        var rows = camera.rows
        var isFalse = [Bool](repeating: false, count: rows.rows)
        for i in 0..<rows.rows where Double.random(in: 0..<1, using: &plant.random) < share {
            let j = Int.random(in: 0..<rows.rows, using: &plant.random)
            isFalse[i] = true
            for k in 0..<rows.columns { rows[i, k] = camera.rows[j, k] }
        }
        let corrupted = SenseTrack(stream: StreamName("camera"), slots: camera.slots, rows: rows)
        let audit = try #require(
            PairingAudit(corrupted, others: [audio, log], settings: settings))
        let auc = areaUnderROC(
            anomalous: zip(audit.cosines, isFalse).filter(\.1).map { -$0.0 },
            calm: zip(audit.cosines, isFalse).filter { !$0.1 }.map { -$0.0 })
        #expect(try #require(auc) >= 0.9)
        #expect(abs(audit.share - share) < 0.12)
        let hours = audit.byHour(hop: .seconds(1))
        #expect(hours.reduce(0) { $0 + $1.windows } == audit.slots.count)
    }

    @Test("a sense that agrees with no other is not audited")
    func unrelated() {
        var plant = SyntheticTracks(seed: 7)
        let one = plant.sense("audio", of: plant.matrix(400, 3))
        let other = plant.sense("camera", of: plant.matrix(400, 3))
        #expect(PairingAudit(one, others: [other], settings: settings) == nil)
    }
}
