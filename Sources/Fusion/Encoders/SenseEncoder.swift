import Signals

/// What makes one sense's window an embedding: its own measures always from the linear encoder, which
/// is learnt on site; its common part from that encoder's alignment, or from a trained network, which
/// may add an own part.
package struct SenseEncoder: Equatable, Sendable {
    package let linear: LinearEncoder
    package let network: Network?

    /// A trained encoder, and how it reads this site's summaries.
    package struct Network: Equatable, Sendable {
        package let reader: RowReader
        package let network: SenseNetwork
        /// What this site's normal windows are in the network's own part; `nil` when it has none.
        package let own: DiagonalMixture?
        /// Whether its common part takes part in the unified space. What a sense alone knows does not
        /// depend on what the others say: its own part stays when its common part goes.
        package let isAligned: Bool

        package init(
            reader: RowReader, network: SenseNetwork, own: DiagonalMixture? = nil,
            isAligned: Bool = true
        ) {
            self.reader = reader
            self.network = network
            self.own = own
            self.isAligned = isAligned
        }

        /// The same without its common part; `nil` when nothing is left of it.
        var unaligned: Network? {
            own == nil
                ? nil : Network(reader: reader, network: network, own: own, isAligned: false)
        }

        /// With the mixture of the own parts of these windows.
        func fitted(to summaries: some Sequence<StreamSummary>) -> Network {
            guard let d = network.architecture.ownDimension else { return self }
            let rows = thinned(summaries.compactMap { reader.row(of: $0) }, to: Self.fittingMax)
                .compactMap { network.parts($0).own }
            guard rows.count >= 2 else { return self }
            let start = own?.count ?? Self.gaussians
            return Network(
                reader: reader, network: network,
                own: DiagonalMixture(
                    ofOwnParts: rows.flatMap { $0.map(Double.init) }, dimension: d, count: start))
        }

        private static let fittingMax = 2048
        private static let gaussians = 7

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
    package var isAligned: Bool { network?.isAligned ?? linear.isAligned }

    /// `nil` when the summary is of another kind or dimension than the one learnt.
    package func encode(_ summary: StreamSummary) -> Embedding? {
        guard var embedding = linear.encode(summary) else { return nil }
        guard let network else { return embedding }
        embedding.common = nil
        guard let row = network.reader.row(of: summary) else { return embedding }
        if network.network.architecture.peaks != nil {
            let peaks = network.network.peaks(row)
            if network.isAligned { embedding.common = network.network.place(ofPeaks: peaks) }
            // A log without a line says nothing of the state.
            if case .log(let log) = summary, log.lines == 0 { return embedding }
            embedding.peaks = peaks
            return embedding
        }
        let parts = network.network.parts(row)
        if network.isAligned { embedding.common = parts.common }
        if let own = parts.own, let mixture = network.own {
            embedding.own.append(.mixture, mixture.oddness(of: own))
        }
        return embedding
    }
}
