import Foundation
import Signals

/// What someone looks for among the remembered windows: from the command line, or as the payload of a
/// message to `<base>/<gateway>/search`.
///
/// One of four things is looked for: the window of `asset` at `at`, a `vector` or frames of the stream `by`, a
/// `text` as a log would say it, or an `embedding` in a model's space.
package struct SearchRequest: Codable, Equatable, Sendable {
    /// Comes back with the answer.
    package var id: String?
    /// Whose window, or whose model reads what is handed in.
    package var asset: String?
    /// A moment, as people name it.
    package var at: String?
    /// Frames of one stream, in order of time; a single one is a window of one frame.
    package var vector: [[Float]]?
    package var text: String?
    package var embedding: [Float]?
    /// The sense that is looked by; of a window, left out: all of them, by their centroid.
    package var by: String?
    /// The sense that is looked at; left out: as `by`.
    package var find: String?
    /// Only windows of these assets.
    package var assets: [String]?
    package var from: String?
    package var to: String?
    /// Only windows within a label of this name or kind.
    package var tag: String?
    /// Only windows of a raised alarm.
    package var alarm: Bool?
    /// So many at most.
    package var top: Int?
    /// Of windows of one asset within each such span the best alone; "0s": all of them.
    package var apart: String?

    package init() {}

    package static let topMax = 1000
    package static let topUsual = 10
    /// Windows of a second each are alike for as long as a machine's state lasts.
    package static let apartUsual = Duration.seconds(60)
    package static let bytesMax = 1 << 20
    static let framesMax = 4096

    /// Reads a message's payload: as this type, `vector` also as plain numbers, which are one frame.
    package init(json: [UInt8]) throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        self = try decoder.decode(SearchRequest.self, from: Data(json))
    }

    private enum CodingKeys: String, CodingKey {
        case id, asset, at, vector, text, embedding, by, find, assets, from, to, tag, alarm, top,
            apart
    }

    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        func read<Value: Decodable>(_: Value.Type, _ key: CodingKeys) throws -> Value? {
            try fields.decodeIfPresent(Value.self, forKey: key)
        }
        id = try read(String.self, .id)
        asset = try read(String.self, .asset)
        at = try read(String.self, .at)
        if let frame = try? read([Float].self, .vector) {
            vector = [frame]
        } else {
            vector = try read([[Float]].self, .vector)
        }
        text = try read(String.self, .text)
        embedding = try read([Float].self, .embedding)
        by = try read(String.self, .by)
        find = try read(String.self, .find)
        assets = try read([String].self, .assets)
        from = try read(String.self, .from)
        to = try read(String.self, .to)
        tag = try read(String.self, .tag)
        alarm = try read(Bool.self, .alarm)
        top = try read(Int.self, .top)
        apart = try read(String.self, .apart)
    }
}

/// Why nothing was searched, as a sentence for whoever asked.
package struct SearchRefusal: Error, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// What was found.
package struct SearchReply: Codable, Equatable, Sendable {
    package var id: String?
    /// Best first.
    package var hits: [SearchHit] = []
    /// Remembered windows that could be compared, before any filter.
    package var searched = 0
    /// Of those, windows that another model of the asset saw: what was looked for was carried to its space.
    package var bridged = 0
    /// Windows that other models saw, whose places mean something else: they were not compared.
    package var otherModels = 0
    /// The window that was looked by.
    package var example: SearchHit?

    package init() {}
}

/// A remembered window as an answer shows it.
package struct SearchHit: Codable, Equatable, Sendable {
    package var asset: String
    package var startMs: Int64
    /// Cosine of what was looked for with what was looked at, −1 to 1.
    package var similarity: Double
    package var score: Double?
    /// The alarm was raised in it.
    package var alarm: Bool
    /// What people named the stretches that it lies in.
    package var labels: [String]
    /// By sense: those that were there and took part in the unified space.
    package var senses: [String: Sense]
    /// What the verdict said, where it is still kept and the window was odd.
    package var reason: String?
    package var blame: String?
    /// Another model saw it: the share of the places' variance that comes over to that model's space.
    package var bridge: Double?

    package struct Sense: Codable, Equatable, Sendable {
        /// Cosine of what was looked for with this sense.
        package var similarity: Double
        /// Cosine of this sense with the centroid of the others; `nil`: it was alone.
        package var agreement: Double?
        /// Of a log: the number of its last line's template, and its text where that is known.
        package var template: Int?
        package var line: String?
    }
}
