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

        /// With the mixture of the own parts that the sense `name` has in these windows.
        ///
        /// - Parameters:
        ///   - windows: in order of time.
        ///   - name: of the sense.
        ///   - all: the networks of all senses, which attention looks at.
        /// - Returns: the same where there are too few windows, or no own part.
        func fitted(
            to windows: [WindowSummary], as name: StreamName, among all: [StreamName: Network]
        ) -> Network {
            guard let d = network.architecture.ownDimension else { return self }
            let rows = thinned(
                windows.compactMap { window in
                    window.streams[name].flatMap { reader.row(of: $0) }.map { (window, $0) }
                }, to: Self.fittingMax)
            guard rows.count >= 2 else { return self }
            var own: [Double] = []
            for (place, (window, row)) in rows.enumerated() {
                for u in ownParts(of: window, row, as: name, among: all, place: place) {
                    own += u.lazy.map(Double.init)
                }
            }
            let start = self.own?.count ?? Self.gaussians
            return Network(
                reader: reader, network: network,
                own: DiagonalMixture(ofOwnParts: own, dimension: d, count: start))
        }

        /// u of one window, the `place`-th of those that the mixture is made of. With attention every
        /// fourth is looked at once more with some of the other senses hidden, each set of them in
        /// turn: a window that lacks a sense has to have a place in the mixture too.
        private func ownParts(
            of window: WindowSummary, _ row: [Float], as name: StreamName,
            among all: [StreamName: Network], place: Int
        ) -> [[Float]] {
            guard network.architecture.attention != nil else {
                return [network.parts(row).own].compactMap(\.self)
            }
            let shown = ShownSequences(of: window.streams) { all[$0] }
            var parts = [shown.parts(of: name, by: network)]
            let others = Array(shown.others(than: name).prefix(8))
            if place.isMultiple(of: 4), !others.isEmpty {
                let set = 1 + place / 4 % ((1 << others.count) - 1)
                parts.append(
                    shown.parts(of: name, by: network) { hidden in
                        others.firstIndex(of: hidden).map { set & (1 << $0) != 0 } ?? false
                    })
            }
            return parts.compactMap { $0?.own }
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

    /// One sense of a window.
    ///
    /// - Parameters:
    ///   - summary: of the sense in one window.
    ///   - name: of the sense.
    ///   - shown: what the senses of the window show each other.
    /// - Returns: `nil` when the summary is of another kind or dimension than the one learnt.
    func encode(
        _ summary: StreamSummary, as name: StreamName, among shown: ShownSequences
    ) -> Embedding? {
        guard var embedding = linear.encode(summary) else { return nil }
        guard let network else { return embedding }
        embedding.common = nil
        if let parts = shown.parts(of: name, by: network.network) {
            note(parts, of: network, in: &embedding)
            return embedding
        }
        guard let row = network.reader.row(of: summary) else { return embedding }
        if network.network.architecture.peaks != nil {
            let peaks = network.network.peaks(row)
            if network.isAligned { embedding.common = network.network.place(ofPeaks: peaks) }
            // A log without a line says nothing of the state.
            if case .log(let log) = summary, log.lines == 0 { return embedding }
            embedding.peaks = peaks
            return embedding
        }
        note(network.network.parts(row), of: network, in: &embedding)
        return embedding
    }

    private func note(
        _ parts: (common: [Float], own: [Float]?), of network: Network,
        in embedding: inout Embedding
    ) {
        if network.isAligned { embedding.common = parts.common }
        if let own = parts.own, let mixture = network.own {
            embedding.own.append(.mixture, mixture.oddness(of: own))
        }
    }
}
