import Foundation

/// What a watch reads of a verdict, `anchord.verdict/1`, as the broker delivered it.
///
/// By the contract alone, as any other tool would: fields it does not name are not looked at.
package struct WatchedVerdict: Decodable, Equatable, Sendable {
    package var asset: String
    package var startMs: Int64
    package var endMs: Int64
    /// −log₁₀ of the p-value; `nil` while warming up or with too few senses.
    package var score: Double?
    package var state: String
    package var streams: [String: Stream]
    package var blame: String?
    package var reason: String
    package var alarm: Alarm

    package struct Stream: Decodable, Equatable, Sendable {
        package var present: Bool

        package init(present: Bool) {
            self.present = present
        }
    }

    package struct Alarm: Decodable, Equatable, Sendable {
        /// `normal`, `pending`, `raised` or `clearing`.
        package var state: String
        package var raised: Bool
    }

    /// Whether this window's score reached the asset's alarm threshold: then the alarm is pending, or
    /// raised and not about to clear.
    package var isAtThreshold: Bool {
        score != nil && (alarm.state == "pending" || alarm.state == "raised")
    }

    enum CodingKeys: String, CodingKey {
        case asset, score, state, streams, blame, reason, alarm
        case startMs = "window_start_ms"
        case endMs = "window_end_ms"
    }

    package init(
        asset: String, startMs: Int64, endMs: Int64, score: Double?, state: String = "scoring",
        streams: [String: Stream] = [:], blame: String? = nil, reason: String = "Normal.",
        alarm: String = "normal"
    ) {
        self.asset = asset
        self.startMs = startMs
        self.endMs = endMs
        self.score = score
        self.state = state
        self.streams = streams
        self.blame = blame
        self.reason = reason
        self.alarm = Alarm(state: alarm, raised: alarm == "raised" || alarm == "clearing")
    }

    package init?(json: [UInt8]) {
        guard let read = try? JSONDecoder().decode(Self.self, from: Data(json)) else { return nil }
        self = read
    }

    /// Senses that the asset has and this window lacks, in order.
    package var missing: [String] {
        streams.filter { !$0.value.present }.keys.sorted()
    }
}

/// What a watch reads of the retained word about an asset's alarm, `anchord.alarm/1`.
struct WatchedAlarm: Decodable, Equatable, Sendable {
    var asset: String
    var raised: Bool
    var score: Double?
    var blame: String?
    var reason: String
    /// Absent where the alarm's state has been decided by no window.
    var startMs: Int64?

    enum CodingKeys: String, CodingKey {
        case asset, raised, score, blame, reason
        case startMs = "window_start_ms"
    }

    init?(json: [UInt8]) {
        guard let read = try? JSONDecoder().decode(Self.self, from: Data(json)) else { return nil }
        self = read
    }
}

/// What a watch reads of a gateway's retained status, `anchord.status/1`.
struct WatchedStatus: Decodable, Equatable, Sendable {
    var online: Bool

    init?(json: [UInt8]) {
        guard let read = try? JSONDecoder().decode(Self.self, from: Data(json)) else { return nil }
        self = read
    }
}
