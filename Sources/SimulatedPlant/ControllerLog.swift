import Signals

/// The log of a machine's controller: which recipe, which step, temperatures, now and then a warning.
///
/// Every second line tells where the machine is, as controllers do whether anybody reads it or not;
/// the others report what there is, most of them with the recipe too.
struct ControllerLog: Sendable {
    private let seed: UInt64
    private let asset: Int
    private var announced: Recipe?
    private var cyclesReported: Int?
    private var lines = 0

    struct Line: Equatable, Sendable {
        var text: String
        var severity: Severity
    }

    init(settings: PlantSettings, asset: Int) {
        var maker = SeededGenerator(seed: settings.seed, asset: asset, role: 30)
        seed = maker.next()
        self.asset = asset
    }

    /// The next line, about `state`.
    mutating func line(about state: MachineState, fault: PlannedFault?) -> Line {
        lines += 1
        // Each line has dice of its own: one line more or less leaves the later ones alone.
        var random = SeededGenerator(seed: seed &+ UInt64(lines) &* 0xD6E8_FEB8_6659_FD93)
        let cycle = Int(state.cycles)
        defer { cyclesReported = cycle }
        if announced != state.recipe {
            announced = state.recipe
            return Line(text: "recipe \(state.recipe.name) loaded", severity: .info)
        }
        if lines.isMultiple(of: 2) { return status(state, &random) }
        if fault?.kind == .template, let fault {
            return Line(text: Self.strangeWords(fault, &random), severity: .warning)
        }
        if let reported = cyclesReported, reported != cycle {
            let took = Int(4200 / state.speed + 30 * random.normal())
            return Line(
                text: "cycle \(cycle) of recipe \(state.recipe.name) complete after \(took) ms",
                severity: .info)
        }
        return report(state, &random)
    }

    private static let steps = ["close", "inject", "hold", "cool", "eject"]

    private func status(_ state: MachineState, _ random: inout SeededGenerator) -> Line {
        let step = Self.steps[Int(state.phase * Double(Self.steps.count))]
        let took = Int(820 / state.speed + 25 * random.normal())
        return Line(
            text: "recipe \(state.recipe.name) step \(step) running for \(took) ms", severity: .info
        )
    }

    private func report(_ state: MachineState, _ random: inout SeededGenerator) -> Line {
        let celsius = 212 + 6 * (state.speed - 1) * 10 + 4 * state.wear + 0.8 * random.normal()
        switch random.unit() {
        case ..<0.8:
            return Line(
                text: "recipe \(state.recipe.name) zone \(1 + random.below(4)) temperature "
                    + "\(oneDecimal(celsius)) C", severity: .info)
        case ..<0.88:
            let load = Int(44 * state.speed + 3 * random.normal())
            return Line(
                text: "recipe \(state.recipe.name) drive \(1 + random.below(3)) load \(load) %",
                severity: .info)
        case ..<0.94:
            return Line(
                text: "conveyor moved part \(Int(state.cycles)) to station \(1 + random.below(6))",
                severity: .debug)
        case ..<0.98:
            return Line(
                text: "hydraulic oil temperature \(oneDecimal(celsius / 3.6)) C above 58 C",
                severity: .warning)
        default:
            return Line(
                text: "vacuum \(60 + random.below(9)) kPa below limit, pump \(1 + random.below(2)) "
                    + "restarted", severity: .warning)
        }
    }

    /// The same strange template through one fault, with changing numbers.
    private static func strangeWords(
        _ fault: PlannedFault, _ random: inout SeededGenerator
    ) -> String {
        strange(Int(fault.chance % 4), number: 10 + random.below(80))
    }

    private static func strange(_ index: Int, number: Int) -> String {
        switch index {
        case 0: "servo axis follower error \(number) um exceeds envelope"
        case 1: "guard door interlock chattered \(number) times while latched"
        case 2: "fieldbus slave \(number) watchdog expired, outputs frozen"
        default: "encoder battery voltage low, multiturn position may be lost at \(number) %"
        }
    }

    /// What the log will say through a `template` fault, for the announcement.
    static func example(of fault: PlannedFault) -> String {
        strange(Int(fault.chance % 4), number: 42)
    }

    private func oneDecimal(_ x: Double) -> String {
        let tenths = Int((x * 10).rounded())
        return "\(tenths / 10).\(abs(tenths % 10))"
    }
}
