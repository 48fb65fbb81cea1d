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
        case badName = "bad_name"
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

    /// - Parameters:
    ///   - payload: the message's JSON.
    ///   - settings: bounds of a shelf.
    ///   - now: when it came, which "10m" ago is counted from.
    /// - Throws: why it is not obeyed.
    init(_ payload: [UInt8], settings: AlarmSettings, now: EventTime) throws(Refused) {
        let fields = try Self.fields(of: payload)
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
            do throws(LabelFault) {
                let label = try OperatorLabel(
                    from: fields.from, to: fields.to, for: fields.for, kind: fields.kind,
                    name: fields.name, now: now)
                order = .operate(.label(label))
            } catch {
                throw refused(error == .stretch ? .badSpan : .badName, error.description)
            }
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
}

extension CommandMessage {
    /// A command whose fields are of other types is still answered under its id.
    private struct Envelope: Decodable {
        var command = ""
        var id = ""

        private enum Keys: CodingKey { case command, id }

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: Keys.self)
            command = (try? fields.decode(String.self, forKey: .command)) ?? ""
            id = (try? fields.decode(String.self, forKey: .id)) ?? ""
        }
    }

    private static func fields(of payload: [UInt8]) throws(Refused) -> Fields {
        var found = "it is no JSON object, or longer than \(bytesMax) bytes"
        var envelope: Envelope?
        if payload.count <= bytesMax {
            do {
                return try JSONDecoder().decode(Fields.self, from: Data(payload))
            } catch DecodingError.typeMismatch(_, let context) where !context.codingPath.isEmpty {
                let name = context.codingPath[0].stringValue
                found =
                    "its \"\(name)\" is not "
                    + (name == "force" ? "true or false" : "a text in quotes")
            } catch {}
            envelope = try? JSONDecoder().decode(Envelope.self, from: Data(payload))
        }
        throw Refused(
            refusal: .malformed,
            text: "could not read the command: \(found); send "
                + "{\"command\":\"ack\",\"who\":\"your name\"}",
            id: String((envelope?.id ?? "").prefix(textMax)),
            command: String((envelope?.command ?? "").prefix(textMax)))
    }
}

/// Why what a person wrote makes no label.
package enum LabelFault: Error, CustomStringConvertible {
    case stretch, name, namelessState

    package var description: String {
        switch self {
        case .stretch:
            "could not take the label: it needs from and to (or for), the end after the beginning and "
                + "at most a year later, and as kind fault, false_alarm, planned or state; a time is "
                + Moment.words
        case .name:
            "could not take the label: its name has a comma or a line break, which would be columns "
                + "and lines in the labels file, or more than \(CommandMessage.textMax) characters; "
                + "write it without"
        case .namelessState:
            "could not take the label: a state needs a name, such as the recipe's"
        }
    }
}

extension OperatorLabel {
    /// From what a person wrote; `span` is the length, where there is no end.
    package init(
        from: String?, to: String?, for span: String?, kind: String?, name: String?, now: EventTime
    ) throws(LabelFault) {
        guard let from = from.flatMap({ Moment.read($0, now: now) }),
            let end = to.flatMap({ Moment.read($0, now: now) })
                ?? span.flatMap(DurationText.duration).map({ from + $0 }),
            let kind = OperatorLabel.Kind(rawValue: kind ?? ""), from < end,
            end - from <= .seconds(366 * 86_400)
        else { throw .stretch }
        let name = name ?? ""
        guard !name.contains(where: { $0 == "," || $0.isNewline }),
            name.count <= CommandMessage.textMax
        else { throw .name }
        guard kind != .state || !name.isEmpty else { throw .namelessState }
        self.init(from: from, to: end, kind: kind, name: name)
    }
}

extension AlarmSettings {
    /// Shelving for `span`, or for `shelveFor`; `nil` when it is no length of time, or too long.
    package func shelving(for span: String?) -> AlarmAction? {
        CommandMessage.shelve(for: span, settings: self)
    }

    /// Why `shelving(for:)` gave none.
    package func shelfWords(for span: String?) -> String {
        CommandMessage.shelfWords(span, settings: self)
    }
}
