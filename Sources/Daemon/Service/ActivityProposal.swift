import Fusion
import Windowing

/// A condition for `active_when` that an asset's past suggests, as the command line shows it.
package struct ActivityProposal: Codable, Equatable, Sendable {
    package var activeWhen: String
    package var activeUntil: String
    /// Share of the variance between the two groups, 0 to 1.
    package var separation: Double
    package var workShare: Double
    /// Windows in a row, on average.
    package var workWindows: Double
    package var restWindows: Double

    init(_ candidate: ActivityCandidate) {
        activeWhen = candidate.activeWhen.description
        activeUntil = candidate.activeUntil.description
        separation = candidate.separation
        workShare = candidate.workShare
        workWindows = candidate.workWindows
        restWindows = candidate.restWindows
    }

    /// From encoded windows of the archive, best first.
    static func proposals(from archive: [[UInt8]]) throws -> [ActivityProposal] {
        let windows = try archive.map { try WindowSummary(encoded: $0) }
        return ActivityCandidates.find(in: windows).map { ActivityProposal($0) }
    }
}
