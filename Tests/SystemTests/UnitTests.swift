import Foundation
import TestSupport
import Testing

/// The systemd unit, as systemd sees it. Offline: nothing is started.
@Suite("The systemd unit", .enabled(if: FileManager.default.isExecutableFile(atPath: analyzer)))
struct SystemdUnitTests {
    private let text: String

    init() throws {
        text = try String(
            contentsOf: repository.appendingPathComponent("systemd/anchord.service"),
            encoding: .utf8)
    }

    /// systemd-analyze wants the programs of a unit to be there; ours is not installed.
    private func unit(in folder: TemporaryFolder) throws -> String {
        let path = folder.path("anchord.service")
        try text.replacing("/usr/bin/anchord", with: "/bin/true")
            .write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    @Test("systemd finds nothing to complain about")
    func verify() throws {
        let folder = try TemporaryFolder()
        let said = try runProgram(analyzer, ["verify", "--man=no", try unit(in: folder)])
        #expect(said == "")
    }

    @Test("Exposure is at most 1.2 of 10")
    func security() throws {
        let folder = try TemporaryFolder()
        let arguments = ["security", "--offline=true", "--threshold=12", "--no-pager"]
        // Exits with failure above the threshold, which is in tenths.
        let said = try runProgram(analyzer, arguments + [try unit(in: folder)])
        #expect(said.contains("Overall exposure level"))
    }

    @Test("Bad settings stop it, anything else starts it again")
    func restarts() {
        let lines = Set(text.split(separator: "\n").map(String.init))
        #expect(lines.contains("RestartPreventExitStatus=78"))
        #expect(lines.contains("Restart=always"))
        #expect(!text.contains("\nExecStartPre="))
    }
}

private let analyzer = "/usr/bin/systemd-analyze"
