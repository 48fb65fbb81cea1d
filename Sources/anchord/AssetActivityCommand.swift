import ArgumentParser
import Daemon
import Foundation

extension AssetCommand {
    /// `anchord asset activity`: proposals for `active_when`.
    struct Activity: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What in an asset's past may tell its work from its rest.",
            discussion: """
                Looks through the windows that were kept for a number, a level, a spread or a log rate \
                that falls into two groups, far apart and each lasting. It only proposes: two recipes \
                look like work and rest, and an asset that has active_when keeps no windows of rest.
                """)
        @OptionGroup var line: ControlLine
        @Argument var name: String

        @Flag(help: "Print the answer as JSON.")
        var json = false

        func run() throws {
            let proposals = try line.ask(ControlRequest(.activity, asset: name)).activity ?? []
            if json {
                try printJSON(proposals)
                return
            }
            guard let best = proposals.first else {
                print("Nothing in the windows of \(name) falls into two lasting groups.")
                return
            }
            for proposal in proposals { print(proposal.line) }
            print("")
            print("For the first one, in the settings file:")
            print("")
            print("[assets.\(name)]")
            print("active_when = \"\(best.activeWhen)\"")
            print("active_until = \"\(best.activeUntil)\"")
        }
    }
}

extension ActivityProposal {
    var line: String {
        func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }
        return
            "\(activeWhen): at work in \(percent(workShare)) of the windows, \(Int(workWindows.rounded())) in a row, at rest \(Int(restWindows.rounded())) in a row; \(percent(separation)) of the variance lies between"
    }
}
