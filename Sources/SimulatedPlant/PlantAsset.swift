import Signals

/// One machine with its senses and what is wrong with it just now.
struct PlantAsset: Sendable {
    let name: AssetName
    private let start: EventTime
    private let settings: PlantSettings
    private let normalRecipes: Int
    private var machine: Machine
    private var camera: VectorSense
    private var audio: VectorSense
    private var log: ControllerLog
    private var schedule: FaultSchedule
    private var current: PlannedFault?

    init(settings: PlantSettings, index: Int) {
        name = settings.assetName(index)
        start = settings.start
        self.settings = settings
        normalRecipes = settings.recipes
        machine = Machine(settings: settings, asset: index)
        camera = VectorSense(settings: settings, asset: index, sense: .camera)
        audio = VectorSense(settings: settings, asset: index, sense: .audio)
        log = ControllerLog(settings: settings, asset: index)
        schedule = FaultSchedule(settings: settings, asset: index)
    }

    /// What `sense` says `seconds` after the start, under its own clock; `nil` when it is silent.
    mutating func payload(of sense: Sense, seconds: Double, stamp: EventTime) -> [UInt8]? {
        let fault = current.flatMap { $0.befalls(sense) ? $0 : nil }
        let state = seen(at: seconds, fault: fault)
        let payload: [UInt8]
        switch sense {
        case .camera:
            camera.look(at: state, seconds: seconds, fault: fault)
            payload = PayloadText.vector(stamp: stamp, values: camera.values)
        case .audio:
            audio.look(at: state, seconds: seconds, fault: fault)
            payload = PayloadText.vector(stamp: stamp, values: audio.values)
        case .log:
            payload = PayloadText.log(stamp: stamp, line: log.line(about: state, fault: fault))
        }
        return fault?.kind == .silent ? nil : payload
    }

    /// The state as a sense with `fault` takes it to be.
    private mutating func seen(at seconds: Double, fault: PlannedFault?) -> MachineState {
        guard let fault else { return machine.state(at: seconds) }
        let lag = fault.kind == .lag ? fault.lagSeconds : 0
        var state = machine.state(at: seconds - lag)
        switch fault.kind {
        case .contradiction:
            state.recipe = wrongRecipe(for: state.recipe, fault: fault)
        case .novel:
            state.recipe = .novel(fault.chance)
        case .noise, .drift, .lag, .silent, .stuck, .template:
            break
        }
        return state
    }

    private func wrongRecipe(for recipe: Recipe, fault: PlannedFault) -> Recipe {
        Recipe(index: (recipe.index + fault.recipeShift(of: normalRecipes)) % normalRecipes)
    }

    mutating func planNextFault() -> PlannedFault? { schedule.next() }

    mutating func begin(_ fault: PlannedFault) -> Fault {
        current = fault
        return Fault(
            asset: name, kind: fault.kind, streams: fault.streams,
            from: start + .seconds(fault.from), to: start + .seconds(fault.to),
            sentence: "\(name): \(words(for: fault))")
    }

    mutating func endFault() { current = nil }

    private mutating func words(for fault: PlannedFault) -> String {
        let sense = fault.sense.map(String.init(describing:)) ?? "every sense"
        switch fault.kind {
        case .contradiction:
            let real = machine.state(at: fault.from).recipe
            let verb = fault.sense == .camera ? "sees" : fault.sense == .audio ? "hears" : "names"
            let others = Sense.allCases.filter { $0 != fault.sense }.map(\.rawValue)
            return "the \(sense) \(verb) recipe \(wrongRecipe(for: real, fault: fault).name) while "
                + "\(others.joined(separator: " and ")) follow recipe \(real.name)"
        case .novel:
            return "every sense follows recipe \(Recipe.novel(fault.chance).name), "
                + "which this machine never ran"
        case .noise:
            return "the \(sense) is \(Int(VectorSense.noiseFactor)) times as noisy as usual"
        case .drift:
            return "the \(sense) drifts away slowly"
        case .lag:
            return "the \(sense) lags \(Int(fault.lagSeconds)) s behind the machine"
        case .silent:
            return "the \(sense) is silent"
        case .stuck:
            return "the \(sense) repeats one vector"
        case .template:
            return "the log says something it never said: "
                + "\"\(ControllerLog.example(of: fault))\""
        }
    }
}
