import Signals

/// What the senses of one window show each other, where a trained model has attention: by sense its
/// row, and the sequence made of it. Empty for other models.
struct ShownSequences {
    private let senses: [(name: StreamName, row: [Float], sequence: [Float])]

    /// - Parameters:
    ///   - streams: of the window.
    ///   - networks: of each sense; those without attention show nothing.
    init(
        of streams: [StreamName: StreamSummary],
        networks: (StreamName) -> SenseEncoder.Network?
    ) {
        var senses: [(name: StreamName, row: [Float], sequence: [Float])] = []
        for (name, summary) in streams {
            guard let network = networks(name), network.network.architecture.attention != nil,
                let row = network.reader.row(of: summary)
            else { continue }
            senses.append((name, row, network.network.sequence(row)))
        }
        // The order of the keys is the order of a sum.
        self.senses = senses.sorted { $0.name < $1.name }
    }

    /// The row of a sense that shows something.
    func row(of name: StreamName) -> [Float]? { senses.first { $0.name == name }?.row }

    /// Senses beside `name`, in order.
    func others(than name: StreamName) -> [StreamName] {
        senses.lazy.map(\.name).filter { $0 != name }
    }

    /// Both parts of a sense beside the others.
    ///
    /// - Parameters:
    ///   - name: of the sense.
    ///   - network: its own.
    ///   - isHidden: senses left out, as if they were missing.
    /// - Returns: `nil` for a sense that shows nothing.
    func parts(
        of name: StreamName, by network: SenseNetwork,
        hiding isHidden: (StreamName) -> Bool = { _ in false }
    ) -> (common: [Float], own: [Float]?)? {
        guard let sense = senses.first(where: { $0.name == name }) else { return nil }
        let others = senses.filter { $0.name != name && !isHidden($0.name) }
        return network.parts(
            sense.row, showing: sense.sequence, beside: others.map(\.sequence))
    }
}
