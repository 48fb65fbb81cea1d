import Signals
import SimulatedPlant
import Testing

@Suite("Labels")
struct PlantLabelsTests {
    @Test("Labels say what the announcements say", arguments: UInt64(1)...6)
    func labelsAgreeWithEvents(seed: UInt64) throws {
        var settings = smallPlant(seed: seed, seconds: 400)
        settings.assets = 2
        let faults = try Recorded(settings).faults
        let rows = Array(
            PlantLabels(settings: settings, window: .seconds(1), duration: .seconds(400)))
        #expect(rows.count == 2 * 399)
        for row in rows {
            let fault = faults.first { fault in
                let from = max(fault.from, row.windowStart)
                let to = min(fault.to, row.windowStart + .seconds(1))
                return fault.asset == row.asset && (to - from).seconds >= 0.5
            }
            #expect(row.fault == fault?.kind)
            let streams = fault.map { $0.streams.map(\.text).joined(separator: "+") } ?? ""
            #expect(row.stream == (streams == "camera+audio+log" ? "all" : streams))
        }
    }

    @Test("Windows lie on the epoch's grid, one after the other", arguments: [1, 2, 5])
    func windowsLieOnTheGrid(length: Int) {
        let settings = smallPlant(seed: 1, seconds: 100)
        let rows = Array(
            PlantLabels(settings: settings, window: .seconds(length), duration: .seconds(100)))
        let first = rows[0].windowStart
        #expect(first >= settings.start && first < settings.start + .seconds(length))
        for (i, row) in rows.enumerated() {
            #expect(row.windowStart.milliseconds % Int64(1000 * length) == 0)
            #expect(row.windowStart == first + .seconds(length * i))
        }
        #expect(rows.last!.windowStart + .seconds(length) <= settings.start + .seconds(100))
    }

    @Test("What is to be learnt from is all before the first fault", arguments: UInt64(1)...6)
    func trainingIsNormal(seed: UInt64) {
        let settings = smallPlant(seed: seed, seconds: 200)
        let rows = Array(
            PlantLabels(settings: settings, window: .seconds(1), duration: .seconds(200)))
        let train = rows.prefix { $0.split == .train }
        // The plant starts within a window, which nobody can label.
        #expect(train.count == 19)
        #expect(train.allSatisfy { $0.fault == nil })
        #expect(rows.dropFirst(train.count).allSatisfy { $0.split == .test })
        #expect(rows.contains { $0.fault != nil })
    }

    @Test("A row is a line of the labels file")
    func rowsAreLines() {
        var settings = smallPlant(seed: 1, seconds: 60)
        settings.start = EventTime(milliseconds: 1_790_000_000_000)
        let rows = Array(
            PlantLabels(settings: settings, window: .seconds(1), duration: .seconds(60)))
        #expect(PlantLabels.csvHeader == "asset,window_start_ms,split,label,stream")
        #expect(rows[0].csv == "press-1,1790000000000,train,normal,")
        let fault = rows.first { $0.fault != nil }
        #expect(fault?.csv.contains(",test,contradiction,") == true)
    }
}
