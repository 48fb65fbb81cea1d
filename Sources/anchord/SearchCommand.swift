import ArgumentParser
import Daemon
import Foundation
import Learning
import Signals

/// `anchord search`: past windows that are like something, across the senses.
struct SearchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search",
        abstract: "Find past windows like this one, this sound, this vector, this log line.",
        discussion: """
            Every window's senses are kept as places in one space, where a sound lies near the pictures and \
            the log lines that go with it. So one sense finds the others:

              anchord search --asset press-1 --at 10m
                  when was the whole machine like this before?
              anchord search --asset press-1 --at 10m --by audio --find camera
                  windows whose camera would look like this sound
              anchord search --asset press-1 --text "hydraulic pressure low" --find audio
                  what it sounds like when the log says so
              anchord search --asset press-1 --vector frames.json --by audio --alarm
                  earlier alarms that sounded like this recording

            A vector's file holds what the stream sends: a list of numbers, or better a window's frames, a \
            list of lists; {"embedding": [...]} is a place in the space itself. The asset's models place it. \
            Only windows that the same model has seen are compared: with a trained model, every asset that it \
            serves. Of each minute of an asset the best window is shown, --apart 0s shows all.

            Asks the running daemon; where there is none, or with --state, reads its database. Similarity is \
            a cosine: 1 is the same direction, 0 has nothing in common.
            """)

    @OptionGroup var line: ControlLine

    @Option(
        help: ArgumentHelp(
            "Read this database, and ask no daemon; also of `anchord replay --state`.",
            valueName: "file"))
    var state: String?

    @Option(
        help: ArgumentHelp(
            "Whose window it is, or whose model reads what is handed in.", valueName: "name"))
    var asset: String

    @Option(
        help: ArgumentHelp(
            "Look for windows like the one at this moment: 2026-11-25T14:05:10Z, or 10m ago.",
            valueName: "moment"))
    var at: String?

    @Option(
        help: ArgumentHelp(
            "Look for a vector or frames of the stream --by, from a JSON file or - for standard input.",
            valueName: "file"))
    var vector: String?

    @Option(help: ArgumentHelp("Look for what a log line like this goes with.", valueName: "words"))
    var text: String?

    @Option(help: ArgumentHelp("Look by this sense alone; without it, by all.", valueName: "sense"))
    var by: String?

    @Option(
        help: ArgumentHelp(
            "Compare with this sense of past windows; as --by when left out.", valueName: "sense"))
    var find: String?

    @Option(
        name: .customLong("in"),
        help: ArgumentHelp(
            "Only windows of this asset; may be given several times.", valueName: "name"))
    var assets: [String] = []

    @OptionGroup var stretch: Stretch

    @Option(help: ArgumentHelp("Only within labels of this name or kind.", valueName: "label"))
    var tag: String?

    @Flag(help: "Only windows of a raised alarm.")
    var alarm = false

    @Option(help: "At most so many windows.")
    var top = SearchRequest.topUsual

    @Option(help: ArgumentHelp("Show the best window of each such span.", valueName: "span"))
    var apart = "1m"

    @Flag(help: "Print the answer as JSON.")
    var json = false

    func validate() throws {
        guard [at, vector, text].count(where: { $0 != nil }) == 1 else {
            throw ValidationError(
                "Say what to look for, by one of --at, --vector and --text; `anchord help search` has examples."
            )
        }
    }

    func run() throws {
        let reply = try ask(request())
        if json { return try printJSON(reply) }
        print(reply.text)
    }

    private func request() throws -> SearchRequest {
        var request = SearchRequest()
        (request.asset, request.at, request.text) = (asset, at, text)
        (request.by, request.find) = (by, find)
        request.assets = assets.isEmpty ? nil : assets
        (request.from, request.to) = (stretch.from, stretch.to)
        (request.tag, request.alarm, request.top, request.apart) = (tag, alarm, top, apart)
        guard let vector else { return request }
        let data: Data
        do {
            data =
                vector == "-"
                ? FileHandle.standardInput.readDataToEndOfFile()
                : try Data(contentsOf: URL(fileURLWithPath: vector))
        } catch {
            throw ValidationError(
                "--vector \(vector) could not be read: \(error.localizedDescription)")
        }
        let text = String(decoding: data, as: UTF8.self)
        let isObject = text.first { !$0.isWhitespace } == "{"
        guard
            let given = try? SearchRequest(
                json: Array((isObject ? text : "{\"vector\":\(text)}").utf8)),
            given.vector != nil || given.embedding != nil
        else {
            throw ValidationError(
                "--vector \(vector) is no list of numbers or of frames; write [0.1, 0.2] or [[0.1, 0.2], [0.1, 0.3]]."
            )
        }
        (request.vector, request.embedding) = (given.vector, given.embedding)
        return request
    }

    private func ask(_ request: SearchRequest) throws -> SearchReply {
        if let state { return try read(state, request) }
        var control = ControlRequest(.search)
        control.search = request
        do {
            return try line.ask(control).search ?? SearchReply()
        } catch let error as ControlLine.Refusal {
            throw error
        } catch {
            let path = StatePath.of(nil, settings: try line.location.load().settings)
            guard line.socket == nil, FileManager.default.fileExists(atPath: path) else {
                throw error
            }
            tell("No daemon answers; reading \(path).")
            return try read(path, request)
        }
    }

    private func read(_ path: String, _ request: SearchRequest) throws -> SearchReply {
        let settings = try line.location.load().settings
        return try RecallSearcher(
            path: path, settings: settings, threads: ProcessInfo.processInfo.activeProcessorCount
        )
        .search(request, now: Stretch.now)
    }
}

extension SearchReply {
    /// For a terminal.
    var text: String {
        var lines: [String] = []
        if let example {
            lines.append("Looking for windows like \(example.asset) at \(example.moment):")
        }
        let senses = Set(hits.flatMap(\.senses.keys)).sorted()
        let listing = PageListing(
            title: "\(hits.count) of \(searched) remembered windows, the most similar first",
            columns: ["asset", "window", "similarity", "score", "alarm"] + senses + [
                "label", "what was said",
            ],
            rows: hits.map { hit in
                [
                    hit.asset, hit.moment,
                    Self.number(hit.similarity, 3) + (hit.bridge == nil ? "" : "*"),
                    hit.score.map { Self.number($0, 1) } ?? "-", hit.alarm ? "raised" : "",
                ]
                    + senses.map { name in
                        hit.senses[name].map { Self.number($0.similarity, 2) } ?? "-"
                    } + [hit.labels.joined(separator: ", "), hit.words]
            }, whenEmpty: "Nothing that is remembered passes these filters.")
        lines.append(listing.text)
        let bridges = Set(hits.compactMap(\.bridge)).sorted().map { Self.number($0, 2) }
        if !bridges.isEmpty {
            lines.append(
                "Windows marked * were seen by an earlier or later model, to whose space \(bridges.joined(separator: ", ")) of a place comes over."
            )
        }
        if otherModels > 0 {
            lines.append(
                "\(otherModels) windows were seen by other models and could not be compared.")
        }
        return lines.joined(separator: "\n")
    }

    private static func number(_ value: Double, _ digits: Int) -> String {
        String(format: "%.\(digits)f", value)
    }
}

extension SearchHit {
    fileprivate var moment: String { TimeText.utc(EventTime(milliseconds: startMs)) }

    /// What the log said last, and what the verdict did.
    fileprivate var words: String {
        let lines = senses.sorted { $0.key < $1.key }.compactMap(\.value.line).map { "\"\($0)\"" }
        return (lines + [reason].compactMap(\.self)).joined(separator: " ")
    }
}
