import Foundation
import Fusion
import TestSupport
import Testing

/// Runs where `python3`, or the interpreter that `ANCHORD_PYTHON` names, has the `safetensors` and
/// `numpy` packages.
private enum Python {
    static let path = ProcessInfo.processInfo.environment["ANCHORD_PYTHON"] ?? "python3"

    static let opensSafetensors = (try? run("import numpy, safetensors.numpy", [])) != nil

    struct Failure: Error {}

    /// What a program prints. Its output goes through a file: see `MosquittoBroker`.
    @discardableResult
    static func run(_ program: String, _ arguments: [String]) throws -> String {
        let folder = try TemporaryFolder()
        let output = folder.path("output")
        _ = FileManager.default.createFile(atPath: output, contents: nil)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [path, "-c", program] + arguments
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure() }
        return try String(contentsOfFile: output, encoding: .utf8)
    }
}

@Suite(.enabled(if: Python.opensSafetensors, "python3 without safetensors and numpy"))
struct ModelFileInPythonTests {
    private let file = ModelFile(
        metadata: ["streams": "camera, log", "note": "grün\n\"quoted\"\u{1}"],
        tensors: [
            "camera.w1": Tensor(shape: [2, 3], values: [1, 2, 3, -4.25, 1e-30, 3e30]),
            "camera.b1": Tensor(shape: [3], values: [0.1, -0, 7]),
            "empty": Tensor(shape: [0, 4], values: []), "scalar": Tensor(shape: [], values: [2]),
        ])

    @Test("Python's safetensors reads the same names, shapes, numbers and notes")
    func pythonReadsTheSame() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("model.safetensors")
        try Data(file.encoded).write(to: URL(fileURLWithPath: path))
        let printed = try Python.run(
            """
            import sys, numpy
            from safetensors import safe_open
            with safe_open(sys.argv[1], framework="numpy") as f:
                for key in sorted(f.keys()):
                    t = f.get_tensor(key)
                    assert t.dtype == numpy.float32
                    print(key, list(t.shape), *t.reshape(-1).view(numpy.uint32))
                print(f.metadata()["note"] == 'grün\\n"quoted"\\x01', f.metadata()["format"])
            """, [path])
        var expected = ""
        for (key, tensor) in file.tensors.sorted(by: { $0.key < $1.key }) {
            let numbers = tensor.values.map { " \($0.bitPattern)" }.joined()
            expected += "\(key) \(tensor.shape)\(numbers)\n"
        }
        #expect(printed == expected + "True anchord.model/1\n")
    }

    @Test("A file that Python read and wrote again is still ours")
    func pythonWritesTheSame() throws {
        let folder = try TemporaryFolder()
        let paths = [folder.path("a.safetensors"), folder.path("b.safetensors")]
        try Data(file.encoded).write(to: URL(fileURLWithPath: paths[0]))
        try Python.run(
            """
            import sys
            from safetensors import safe_open, numpy
            with safe_open(sys.argv[1], framework="numpy") as f:
                tensors = {key: f.get_tensor(key) for key in f.keys()}
                numpy.save_file(tensors, sys.argv[2], metadata=f.metadata())
            """, paths)
        let written = try Data(contentsOf: URL(fileURLWithPath: paths[1]))
        #expect(try ModelFile(encoded: Array(written)) == file)
    }
}
