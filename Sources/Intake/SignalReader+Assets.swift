package import Signals

extension SignalReader {
    /// The assets heard so far or restored, sorted.
    package var assets: [AssetName] { assetsByName.keys.sorted() }

    /// The streams of one asset, sorted by name: those heard or restored, and those declared for
    /// every asset.
    package func streams(of asset: AssetName) -> [StreamDescription] {
        var known: [StreamName: StreamDescription] = [:]
        for source in sources where !source.isDiscovery && !source.template.namesStream {
            let name = source.declaration.name
            known[name] = known[name] ?? describe(name, source, nil)
        }
        for (name, index) in assetsByName[asset]?.streams ?? [:] {
            let reader = streams[index]
            let source =
                reader.source.map { sources[$0] } ?? sources.first { $0.declaration.name == name }
            known[name] = describe(name, source, reader)
        }
        return known.values.sorted { $0.name < $1.name }
    }

    /// All counters: the gateway's own first, then by asset and stream, then of streams that have not
    /// given one message that could be read.
    package var counters: [IntakeCount] {
        var counts = [tally.count(asset: nil, stream: nil)]
        for asset in assets {
            guard let entry = assetsByName[asset] else { continue }
            counts.append(entry.tally.count(asset: asset, stream: nil))
            for (name, index) in entry.streams.sorted(by: { $0.key < $1.key }) {
                counts.append(streams[index].tally.count(asset: asset, stream: name))
            }
        }
        for (asset, names) in strangers.sorted(by: { $0.key < $1.key }) {
            for (name, tally) in names.sorted(by: { $0.key < $1.key }) {
                counts.append(tally.count(asset: asset, stream: name))
            }
        }
        return counts
    }

    /// From here on, log templates of this asset do not change, and new ones are unseen.
    package mutating func freezeTemplates(asset: AssetName) {
        setFrozen(true, asset)
    }

    /// Takes the unseen templates in and learns on.
    package mutating func unfreezeTemplates(asset: AssetName) {
        setFrozen(false, asset)
    }

    /// The texts of one asset's frozen log templates in order of their numbers, `<*>` where lines
    /// differ; by stream.
    package func frozenTemplates(of asset: AssetName) -> [StreamName: [String]] {
        var texts: [StreamName: [String]] = [:]
        for (name, index) in assetsByName[asset]?.streams ?? [:] {
            texts[name] = streams[index].templates?.frozenTexts
        }
        return texts
    }

    /// Texts of the log templates of one stream, in order of their numbers; of unseen ones as they were
    /// first met. Empty for a stream that is none, or unknown.
    package func templateNames(of asset: AssetName, _ stream: StreamName) -> [String] {
        guard let index = assetsByName[asset]?.streams[stream],
            let templates = streams[index].templates
        else { return [] }
        return (0..<templates.count).map(templates.name)
    }

    /// Forgets all about one asset; its next message begins anew.
    package mutating func forget(asset: AssetName) {
        assetsByName[asset] = nil
        forgetStrangers(of: asset)
        var places: [Int: Int] = [:]
        for (index, reader) in streams.enumerated() where reader.asset != asset {
            places[index] = places.count
        }
        streams.removeAll { $0.asset == asset }
        learning = learning.compactMap { places[$0] }
        for name in assets {
            let moved = assetsByName[name]?.streams.compactMapValues { places[$0] }
            assetsByName[name]?.streams = moved ?? [:]
        }
        routes.removeAll(keepingCapacity: true)
    }

    /// What was learnt since the last call, by asset, to be kept over a restart.
    package mutating func takeDirtyState() -> [AssetName: IntakeState] {
        var dirty: Set<AssetName> = []
        for index in streams.indices where streams[index].isDirty {
            dirty.insert(streams[index].asset)
            streams[index].isDirty = false
        }
        for (asset, entry) in assetsByName where entry.isDirty { dirty.insert(asset) }
        var states: [AssetName: IntakeState] = [:]
        for asset in dirty {
            assetsByName[asset]?.isDirty = false
            states[asset] = state(of: asset)
        }
        return states
    }

    /// What was taken last did not reach the store: all of it is due again.
    package mutating func forgetWhatIsStored() {
        for index in streams.indices { streams[index].isDirty = true }
    }

    /// What a restart needs to know of one asset.
    package func state(of asset: AssetName) -> IntakeState {
        let entry = assetsByName[asset]
        return IntakeState(
            streams: (entry?.streams ?? [:]).sorted { $0.key < $1.key }
                .compactMap { streams[$0.value].learnt },
            isFrozen: entry?.isFrozen ?? false)
    }

    /// Takes over what an earlier run had learnt. Call it before the asset's first message.
    package mutating func restore(_ state: IntakeState, for asset: AssetName) {
        forget(asset: asset)
        assetsByName[asset] = Asset()
        assetsByName[asset]?.isFrozen = state.isFrozen
        for saved in state.streams {
            let isDeclared = settings.streams.contains { $0.name == saved.name }
            _ = add(
                StreamReader(asset: asset, restoring: saved, settings: settings),
                isDiscovered: !isDeclared)
        }
    }

    private mutating func setFrozen(_ isFrozen: Bool, _ asset: AssetName) {
        guard assetsByName[asset] != nil else { return }
        assetsByName[asset]?.isFrozen = isFrozen
        assetsByName[asset]?.isDirty = true
        for index in assetsByName[asset]?.streams.values.sorted() ?? [] {
            if isFrozen {
                streams[index].freezeTemplates()
            } else {
                streams[index].unfreezeTemplates()
            }
        }
    }

    private func describe(
        _ name: StreamName, _ source: StreamSource?, _ reader: StreamReader?
    ) -> StreamDescription {
        let declaration = source?.declaration
        let kind = reader?.kind ?? source?.kind
        return StreamDescription(
            name: name, kind: kind, dimension: reader?.dimension ?? declaration?.dimension,
            cadence: declaration?.cadence ?? (kind == .log ? .sporadic : .regular),
            lookback: declaration?.lookback, hold: declaration?.hold ?? .zero,
            isDeclared: source.map { !$0.isDiscovery } ?? false,
            templatesTotal: reader?.templates?.count ?? 0)
    }
}
