import Detection
import Fusion
import Signals
import Windowing

// What a line's state is made of.
extension AssetLine {
    struct ClosedWindow: Sendable {
        var header: WindowHeader
        var summary: WindowSummary
        /// Whether the machine worked; else the window is neither scored nor learnt from.
        var activity: Activity
        /// Windows that the archive may hold, by the share of this asset when the window closed: what is
        /// held and judged later must be archived as if it had not been held.
        var archiveMax: Int64
        /// Assets that shared a budget per plant when the window closed, for the same reason.
        var assets: Int64
    }

    /// What a calm window teaches.
    struct Lesson: Sendable {
        var anchor: Anchor?
        var summary: WindowSummary
        var archiveMax: Int64
    }

    /// A model that judges every window too, until it takes over.
    struct Shadow: Sendable {
        var detector: AssetDetector
        /// The first window that it judges alone.
        var takesOverAt: Int64
    }

    struct Progress: Equatable, Sendable {
        /// Windows judged so far.
        var windows: Int64 = 0
        /// Windows offered to the archive so far.
        var offered: Int64 = 0
        /// The archive keeps every `stride`-th block of them.
        var stride: Int64 = 1
        /// Calm windows judged since the first fit.
        var calm: Int64 = 0
        /// Refits done.
        var refits = 0
        /// The warm-up asks for a fit when so many windows have been offered.
        var fitAt: Int64
        var fitNumber = 0
        var pending: PendingFit?
        /// Waits for its turn.
        var proposal: Proposal?
        /// The trained model that was adopted: refits keep to it.
        var network: String?
        /// Among the assets, in order of their first message.
        var place: Int64 = 0
    }

    struct PendingFit: Equatable, Sendable {
        var number: Int
        /// The first window that the new model judges.
        var switchAt: Int64
        /// The fit reads the archive's windows below this number.
        var archiveEnd: Int64
        /// `nil`: the warm-up or a refit asked for it.
        var proposal: Proposal?
        /// Assets of its group that have yet to answer; of a first fit alone.
        var lenders: [AssetName] = []
        /// What the others lent.
        var loans: [Loan] = []
    }

    /// Someone wants a trained model in service, or the linear alignment back.
    struct Proposal: Equatable, Sendable {
        /// A trained model's id, or `linear`.
        var network: String
        /// Without trial and without shadow.
        var isForced: Bool

        /// No trained model's id: those are hexadecimal.
        static let linear = "linear"

        /// `nil`: the linear alignment.
        var trained: String? { network == Self.linear ? nil : network }
    }
}
