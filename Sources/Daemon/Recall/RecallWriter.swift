import Recall
import Signals
import Store

/// Collects what is to be remembered of windows until the next commit.
///
/// Bounded by the plant: where all windows together would wear the flash faster than `recall.write_max` a day,
/// of calm ones every second, every fourth, ... is taken. Which ones depends on their start alone.
struct RecallWriter {
    private let settings: RecallSettings
    private let hop: Int64
    private var packs: [PackKey: WindowPack] = [:]
    private(set) var windows = 0

    private struct PackKey: Hashable {
        let asset: AssetName
        let space: String
    }

    /// Windows in memory at which a commit is due, whatever the clock says.
    static let windowsMax = 16_384
    /// What a row and its columns take beside its windows, spread over the windows of a usual commit.
    private static let rowBytes = 8

    init(_ settings: RecallSettings = RecallSettings(), hop: Duration = .seconds(1)) {
        self.settings = settings
        self.hop = max(1, hop.nanoseconds)
    }

    var isFull: Bool { windows >= Self.windowsMax }

    /// - Parameters:
    ///   - window: later than those of the same asset before it.
    ///   - asset: whose it is.
    ///   - space: of the model that saw it.
    ///   - assets: that share the bytes of a day.
    mutating func note(
        _ window: RememberedWindow, of asset: AssetName, space: String, assets: Int
    ) {
        guard settings.isEnabled, let width = window.senses.values.first?.bytes.count else {
            return
        }
        let number = window.start.nanoseconds / hop
        guard window.standing > .calm || number.isMultiple(of: stride(window, assets: assets))
        else { return }
        let key = PackKey(asset: asset, space: space)
        var pack = packs[key] ?? WindowPack(asset: asset, space: space, width: width)
        // Processed again after a crash: it is there.
        guard pack.width == width, pack.takes(window) else { return }
        // Or every window would copy those before it.
        packs[key] = nil
        pack.append(window)
        packs[key] = pack
        windows += 1
    }

    /// A power of two, so that what was kept stays on the grid when the plant grows.
    private func stride(_ window: RememberedWindow, assets: Int) -> Int64 {
        let bytes = window.senses.values.reduce(7 + Self.rowBytes) { $0 + $1.bytes.count }
        // Each byte is written twice: as it comes, and with others of its asset.
        let day = 2.0 * Double(bytes) * Double(assets) * 86_400e9 / Double(hop)
        var stride: Int64 = 1
        while day / Double(stride) > Double(settings.writeMax), stride < 1 << 20 { stride *= 2 }
        return stride
    }

    /// What is not yet stored, for a search that must not miss the last seconds.
    var waiting: [WindowPack] { packs.values.filter { !$0.isEmpty } }

    mutating func forget(_ asset: AssetName) {
        for key in packs.keys where key.asset == asset {
            windows -= packs[key]?.count ?? 0
            packs[key] = nil
        }
    }

    /// Everything so far, in order of asset and space; starts empty from here on.
    mutating func take() -> [RecallRow] {
        defer {
            packs = [:]
            windows = 0
        }
        return waiting.sorted { ($0.asset, $0.space) < ($1.asset, $1.space) }
            .map { RecallRow($0, tagged: [], thinnedAt: $0.last) }
    }
}

extension RecallRow {
    init(_ pack: WindowPack, tagged: [Range<EventTime>], thinnedAt: EventTime) {
        self.init(
            asset: pack.asset, space: pack.space, from: pack.from, last: pack.last,
            windows: pack.count,
            forGood: (0..<pack.count).count { RecallRetention.isForGood(pack, $0, tagged: tagged) },
            thinnedAt: thinnedAt, blob: pack.encoded)
    }

    var pack: WindowPack {
        get throws { try WindowPack(encoded: blob, asset: asset, space: space) }
    }
}
