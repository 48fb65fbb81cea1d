import Signals

/// What makes one sense's window an embedding: its own part always from the linear encoder, which is
/// learnt on site; its common part from that encoder's alignment, or from a trained network.
package struct SenseEncoder: Equatable, Sendable {
    package let linear: LinearEncoder
    package let network: Network?

    /// A trained encoder, and how it reads this site's summaries.
    package struct Network: Equatable, Sendable {
        package let reader: RowReader
        package let network: SenseNetwork

        package init(reader: RowReader, network: SenseNetwork) {
            self.reader = reader
            self.network = network
        }

        /// The common part z; `nil` for a summary that is not of the network's kind.
        package func common(of summary: StreamSummary) -> [Float]? {
            reader.row(of: summary).map { network.project($0) }
        }
    }

    init(linear: LinearEncoder, network: Network? = nil) {
        self.linear = linear
        self.network = network
    }

    /// Takes part in the unified space.
    package var isAligned: Bool { network != nil || linear.isAligned }

    /// `nil` when the summary is of another kind or dimension than the one learnt.
    package func encode(_ summary: StreamSummary) -> Embedding? {
        guard var embedding = linear.encode(summary) else { return nil }
        if let network { embedding.common = network.common(of: summary) }
        return embedding
    }
}
