import Foundation
import Intake
import Signals
import Testing

/// Where the data for accuracy figures are, when there are any.
private let dataFolder = ProcessInfo.processInfo.environment["ANCHORD_DATA"]

/// Published grouping accuracy of Drain on these eight: .921 on the mean, with settings tuned by hand
/// to each. Ours are the defaults, the same for all.
@Suite(.enabled(if: dataFolder != nil, "set ANCHORD_DATA to a folder with loghub_2k"))
struct GroupingAccuracyTests {
    private static let systems = [
        "HDFS", "BGL", "Hadoop", "Zookeeper", "Spark", "HPC", "Apache", "Linux",
    ]

    @Test("One default setting groups the lines of eight systems with accuracy .92 on the mean")
    func meanAccuracy() throws {
        let folder = try unpack(try #require(dataFolder) + "/loghub_2k/loghub_2k.tar.xz")
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var sum = 0.0
        for system in Self.systems {
            let rows = try csv("\(folder)/\(system)/\(system)_2k.log_structured.csv")
            let header = try #require(rows.first)
            let content = try #require(header.firstIndex(of: "Content"))
            let event = try #require(header.firstIndex(of: "EventId"))
            var reader = SignalReader(
                settings: settings {
                    $0.streams = [declared("log") { $0.encoding = .text }]
                })
            var predicted: [Int32] = []
            for row in rows.dropFirst() {
                let reading = reader.read(message("plant/\(system)/log", row[content]))
                predicted.append(try #require(reading.log).template)
            }
            let accuracy = groupingAccuracy(predicted, rows.dropFirst().map { $0[event] })
            print("grouping accuracy \(system): \((accuracy * 1e4).rounded() / 1e4)")
            sum += accuracy
        }
        let mean = sum / Double(Self.systems.count)
        print("grouping accuracy mean: \((mean * 1e4).rounded() / 1e4)")
        #expect(mean >= 0.92)
    }

    /// The share of lines whose predicted group is exactly their true group.
    private func groupingAccuracy(_ predicted: [Int32], _ truth: [String]) -> Double {
        let groups = Dictionary(grouping: predicted.indices) { predicted[$0] }
        let trueGroups = Dictionary(grouping: truth.indices) { truth[$0] }
        let right = groups.values.filter { $0 == trueGroups[truth[$0[0]]] }.reduce(0) {
            $0 + $1.count
        }
        return Double(right) / Double(truth.count)
    }

    private func unpack(_ archive: String) throws -> String {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("anchord-loghub-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let tar = Process()
        tar.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        tar.arguments = ["tar", "-xJf", archive, "-C", folder]
        try tar.run()
        tar.waitUntilExit()
        try #require(tar.terminationStatus == 0)
        return folder
    }

    /// RFC 4180: fields in quotes may hold commas, line breaks and doubled quotes.
    private func csv(_ path: String) throws -> [[String]] {
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        var rows: [[String]] = []
        var row: [String] = []
        var field: [UInt8] = []
        var isQuoted = false
        var at = 0
        while at < bytes.count {
            let byte = bytes[at]
            if byte == UInt8(ascii: "\"") {
                if isQuoted, at + 1 < bytes.count, bytes[at + 1] == byte {
                    field.append(byte)
                    at += 1
                } else {
                    isQuoted.toggle()
                }
            } else if !isQuoted, byte == UInt8(ascii: ",") || byte == 0x0A {
                row.append(String(decoding: field, as: UTF8.self))
                field = []
                if byte == 0x0A {
                    rows.append(row)
                    row = []
                }
            } else if byte != 0x0D || isQuoted {
                field.append(byte)
            }
            at += 1
        }
        if !row.isEmpty { rows.append(row + [String(decoding: field, as: UTF8.self)]) }
        return rows
    }
}
