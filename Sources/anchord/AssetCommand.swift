import ArgumentParser
import Daemon
import Detection
import Signals

/// `anchord asset`: list, forget, relearn, correct, out-of-service, in-service.
struct AssetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "asset",
        abstract:
            "List assets, forget one, let one learn anew, take one out of service, or ask how it works and rests.",
        subcommands: [
            List.self, Forget.self, Relearn.self, Correct.self, OutOfService.self, InService.self,
            Activity.self,
        ])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "One line for each asset.")
        @OptionGroup var line: ControlLine

        func run() throws {
            for asset in try line.ask(ControlRequest(.status)).status?.assets ?? [] {
                print(asset.line)
            }
        }
    }

    struct Forget: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Forget an asset: its state, its past, its retained topics.",
            discussion: "Its next message starts it anew.")
        @OptionGroup var line: ControlLine
        @Argument var name: String

        func run() throws {
            _ = try line.ask(ControlRequest(.forget, asset: name))
            print("Forgot \(name).")
        }
    }

    struct Relearn: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Accept what an asset is now as normal, and learn it anew.",
            discussion: "Its warm-up begins; until it is over there is no score.")
        @OptionGroup var line: ControlLine
        @OptionGroup var by: Operator
        @Argument var name: String

        func run() throws { try line.operate(.relearn, on: name, by: by) }
    }

    struct Correct: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take the stamps of a stream earlier than they come, or as they come again.",
            discussion: """
                For a stream that runs late, as `anchord diagnose` and the status say it. It holds from \
                the next message on and over restarts; 0 takes it back, also what diagnosis.lag = "auto" \
                did. Where the model was fitted with the step, `anchord asset relearn` makes it learn anew.

                  anchord asset correct press-3 audio 1.8 --who anna
                """)
        @OptionGroup var line: ControlLine
        @OptionGroup var by: Operator
        @Argument var name: String
        @Argument var stream: String
        @Argument(help: "Seconds by which it is behind; negative: ahead.")
        var seconds: Double

        func validate() throws {
            guard seconds.isFinite, abs(seconds) <= 3600 else {
                throw ValidationError("Say by how many seconds the stream is behind, such as 1.8.")
            }
        }

        func run() throws {
            let correction = StampCorrection(
                stream: StreamName(stream), behind: Int64((seconds * 1e9).rounded()))
            try line.operate(.correct(correction), on: name, by: by)
        }
    }

    struct OutOfService: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "A machine under repair: no alarm, nothing learnt, until it is back.")
        @OptionGroup var line: ControlLine
        @OptionGroup var by: Operator
        @Argument var name: String

        func run() throws { try line.operate(.alarm(.outOfService), on: name, by: by) }
    }

    struct InService: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The machine is back: its alarm counts again.",
            discussion: "An alarm that stands by now rings.")
        @OptionGroup var line: ControlLine
        @OptionGroup var by: Operator
        @Argument var name: String

        func run() throws { try line.operate(.alarm(.inService), on: name, by: by) }
    }
}
