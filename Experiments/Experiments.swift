import Foundation
import LinearAlgebra

/// Repeats the published experiments that the Learning room rests on, tries what Detection promises, and
/// writes what came out.
///
/// `anchord-experiments FILE [NAME…]` writes Markdown to FILE; names choose among the experiments.
/// It exits with 1 when a claim did not hold. No part of the product: `make experiments` runs it.
@main
struct Experiments {
    private static let all: [(name: String, run: @Sendable (Machine) -> Report)] = [
        ("misalignment", { Misalignment().run($0) }), ("ladder", { Ladder().run($0) }),
        ("ring", { Ring().run($0) }), ("relevance", { Relevance().run($0) }),
        ("geometry", { Geometry().run($0) }),
        ("parting", { Parting().run($0) }),
        ("robust-centroids", { RobustCentroids().run($0) }),
        ("budget", { Budget().run($0) }), ("deep-budget", { DeepBudget().run($0) }),
        ("alarm-budget", { AlarmBudget().run($0) }),
    ]

    /// From here on a file is not ours: what others measured stands there, and stays.
    private static let keptMark = "<!-- From here on by hand"

    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard let path = arguments.first else {
            print("usage: anchord-experiments FILE [\(all.map(\.name).joined(separator: "] ["))]")
            exit(64)
        }
        let chosen = Set(arguments.dropFirst())
        // Every run has a core of its own; OpenBLAS must not take the others.
        limitThreads(to: 1)
        let machine = Machine(threads: ProcessInfo.processInfo.activeProcessorCount)
        var text = introduction
        var failures = 0
        for experiment in all where chosen.isEmpty || chosen.contains(experiment.name) {
            FileHandle.standardError.write(Data("\(experiment.name)\n".utf8))
            let report = experiment.run(machine)
            text += report.text
            failures += report.failures
        }
        while text.hasSuffix("\n\n") { text.removeLast() }
        if let before = try? String(contentsOfFile: path, encoding: .utf8),
            let kept = before.range(of: keptMark)
        {
            text += "\n" + before[kept.lowerBound...]
        }
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        print(failures == 0 ? "Every claim holds." : "\(failures) claims do not hold; see \(path).")
        exit(failures == 0 ? 0 : 1)
    }

    private static let introduction = """
        # Experiments

        Written by `make experiments`, but for the last part; not edited by hand. What the learning of a unified
        space rests on, repeated on this code at the size of two cores: synthetic tasks whose answer is known. The
        figures in brackets are those of small numpy prototypes of the same equations, not of the papers' authors;
        another generator of random numbers gives other digits, so claims are about order and bands. Equal
        seeds give equal figures on one kind of machine. Three parts are about what p-values and alarm budgets
        promise. The last one is what `anchord diagnose` and misaligned training make of faults put into whole
        recordings.


        """
}
