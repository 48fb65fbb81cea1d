package import Detection
import Foundation
package import Signals

/// What an operator's message asks, read from its JSON.
///
/// ```
/// {"command":"shelve","who":"anna","why":"bearing on order","for":"2h","id":"7f3a"}
/// ```
struct CommandMessage: Equatable {
    enum Order: Equatable {
        case operate(OperatorCommand.Action)
        /// Forced: without trial and shadow.
        case useModel(String, isForced: Bool)
    }

    /// Why a command was not obeyed. Each has its own counter; `AlarmRefusal` has the others.
    enum Refusal: String {
        case retained, malformed
        case unknownCommand = "unknown_command"
        case badSpan = "bad_span"
        case unknownAsset = "unknown_asset"
        case unknownModel = "unknown_model"
    }

    struct Refused: Error {
        var refusal: Refusal
        var text: String
        /// As far as they could be read.
        var id = ""
        var command = ""
    }

    var order: Order
    var command: String
    var who: String
    var why: String
    var id: String

    static let bytesMax = 8192
    static let textMax = 400
    static let names = [
        "ack", "shelve", "unshelve", "out_of_service", "in_service", "relearn", "label",
        "use_model",
    ]

    private struct Fields: Decodable {
        var command: String?
        var who: String?
        var why: String?
        var id: String?
        var `for`: String?
        var from: String?
        var to: String?
        var kind: String?
        var name: String?
        var model: String?
        var force: Bool?
    }

    init(_ payload: [UInt8], settings: AlarmSettings) throws(Refused) {
        guard payload.count <= Self.bytesMax,
            let fields = try? JSONDecoder().decode(Fields.self, from: Data(payload))
        else {
            throw Refused(
                refusal: .malformed,
                text:
                    "could not read the command: it is no JSON object of the known fields, or longer "
                    + "than \(Self.bytesMax) bytes; send {\"command\":\"ack\",\"who\":\"your name\"}"
            )
        }
        let command = fields.command ?? ""
        id = String((fields.id ?? "").prefix(Self.textMax))
        self.command = String(command.prefix(Self.textMax))
        who = String((fields.who ?? "").prefix(Self.textMax))
        why = String((fields.why ?? "").prefix(Self.textMax))
        func refused(_ refusal: Refusal, _ text: String) -> Refused {
            Refused(
                refusal: refusal, text: text, id: String((fields.id ?? "").prefix(Self.textMax)),
                command: String(command.prefix(Self.textMax)))
        }
        guard !who.isEmpty else {
            throw refused(
                .malformed,
                "could not do \"\(command)\": it has no \"who\"; every change is kept with a name")
        }
        switch command {
        case "ack": order = .operate(.alarm(.acknowledge))
        case "unshelve": order = .operate(.alarm(.unshelve))
        case "out_of_service": order = .operate(.alarm(.outOfService))
        case "in_service": order = .operate(.alarm(.inService))
        case "relearn": order = .operate(.relearn)
        case "shelve":
            guard let action = Self.shelve(for: fields.for, settings: settings) else {
                throw refused(.badSpan, Self.shelfWords(fields.for, settings: settings))
            }
            order = .operate(.alarm(action))
        case "label":
            guard
                let label = Self.label(
                    from: fields.from, to: fields.to, for: fields.for, kind: fields.kind,
                    name: fields.name)
            else {
                throw refused(.badSpan, Self.labelWords)
            }
            order = .operate(.label(label))
        case "use_model":
            order = .useModel(fields.model ?? "", isForced: fields.force ?? false)
        default:
            throw refused(
                .unknownCommand,
                "there is no command \"\(command)\"; known are \(Self.names.joined(separator: ", "))"
            )
        }
    }

    /// `nil` when `span` is no length of time, or too long.
    static func shelve(for span: String?, settings: AlarmSettings) -> AlarmAction? {
        guard let length = span.map({ DurationText.duration($0) }) ?? settings.shelveFor,
            length >= .seconds(1), length <= settings.shelveMax
        else { return nil }
        return .shelve(seconds: length.nanoseconds / 1_000_000_000)
    }

    static func shelfWords(_ span: String?, settings: AlarmSettings) -> String {
        "could not shelve for \"\(span ?? "")\": write a length of time such as \"2h\", at most "
            + "\(DurationText.text(for: settings.shelveMax)) (alarms.shelve_max); what should stay away "
            + "longer is taken out of service"
    }

    static func label(
        from: String?, to: String?, for span: String?, kind: String?, name: String?
    ) -> OperatorLabel? {
        guard let from = from.flatMap(TimeStamp.read),
            let end = to.flatMap(TimeStamp.read)
                ?? span.flatMap(DurationText.duration).map({ from + $0 }),
            let kind = OperatorLabel.Kind(rawValue: kind ?? ""), from < end,
            end - from <= .seconds(366 * 86_400)
        else { return nil }
        // Commas would be columns in the labels file.
        let name = (name ?? "").filter { $0 != "," && !$0.isNewline }
        guard kind != .state || !name.isEmpty else { return nil }
        return OperatorLabel(
            from: from, to: end, kind: kind, name: String(name.prefix(Self.textMax)))
    }

    static let labelWords =
        "could not take the label: it needs \"from\" and \"to\" (or \"for\"), as 2026-11-25T14:05:00Z or "
        + "milliseconds since 1970, at most a year, and \"kind\": fault, false_alarm, planned, or state "
        + "with its \"name\""
}

/// A time as people and programs write it.
package enum TimeStamp {
    /// RFC 3339 with a zone, or milliseconds since 1970; `nil` for anything else.
    package static func read(_ text: String) -> EventTime? {
        if let milliseconds = Int64(text) {
            return milliseconds.magnitude < 1 << 43 ? EventTime(milliseconds: milliseconds) : nil
        }
        guard let date = try? Date(text, strategy: .iso8601) else { return nil }
        return EventTime(milliseconds: Int64((date.timeIntervalSince1970 * 1000).rounded()))
    }
}

extension OperatorLabel {
    /// From what a person wrote; `nil` when it makes no label.
    package static func read(
        from: String, to: String?, for span: String?, kind: String, name: String
    ) -> OperatorLabel? {
        CommandMessage.label(from: from, to: to, for: span, kind: kind, name: name)
    }
}

extension AlarmSettings {
    /// Shelving for `span`, or for `shelveFor`; `nil` when it is no length of time, or too long.
    package func shelving(for span: String?) -> AlarmAction? {
        CommandMessage.shelve(for: span, settings: self)
    }
}
