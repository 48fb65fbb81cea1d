package import Signals

/// How a machine or one of its senses goes wrong.
package enum FaultKind: String, CaseIterable, Sendable, Codable {
    /// One sense follows another recipe than the others. Each sense alone looks normal.
    case contradiction
    /// All senses agree on a recipe that was never run before.
    case novel
    /// One sense is several times as noisy as usual.
    case noise
    /// One sense moves away slowly, in a direction of its own.
    case drift
    /// One sense shows the machine as it was half a minute ago.
    case lag
    /// One sense says nothing.
    case silent
    /// One sense says the same again and again.
    case stuck
    /// The log says something it never said.
    case template

    /// What it can befall; `novel` befalls all senses at once.
    var senses: [Sense] {
        switch self {
        case .contradiction, .lag, .silent: [.camera, .audio, .log]
        case .noise, .drift, .stuck: [.camera, .audio]
        case .template: [.log]
        case .novel: []
        }
    }
}

/// One fault of one machine, with the words to announce it.
package struct Fault: Equatable, Sendable {
    package let asset: AssetName
    package let kind: FaultKind
    /// The senses that are wrong; all of them when the machine itself is.
    package let streams: [StreamName]
    /// True time, whole seconds after the plant's start.
    package let from: EventTime
    package let to: EventTime
    /// What a person should know, with the asset's name.
    package let sentence: String
}

/// What will go wrong with one machine, before anybody knows what it will look like.
struct PlannedFault: Equatable, Sendable {
    let kind: FaultKind
    /// `nil`: all senses.
    let sense: Sense?
    /// Seconds after the plant's start.
    let from: Double
    let to: Double
    /// Picks the wrong recipe, the lag, the direction of the drift and the strange words.
    let chance: UInt64

    /// By how much a lagging sense is behind, in seconds.
    var lagSeconds: Double { 25 + Double(chance % 16) }

    /// How many recipes further a contradicting sense looks, in a plant of so many. The same through
    /// the fault: then a sense's own recipes stay as evenly spread as ever.
    func recipeShift(of recipes: Int) -> Int { 1 + Int(chance % UInt64(recipes - 1)) }

    var streams: [StreamName] { sense.map { [$0.stream] } ?? Sense.allCases.map(\.stream) }

    func befalls(_ sense: Sense) -> Bool { self.sense == nil || self.sense == sense }
}

/// The faults of one machine, one after the other, for ever.
///
/// Kinds come in shuffled rounds, so that each appears once before any appears twice. Depends on the
/// settings and the machine's number only, so labels need no run of the plant.
struct FaultSchedule: Sequence, IteratorProtocol, Sendable {
    private let settings: PlantSettings
    private let asset: Int
    private var random: SeededGenerator
    private var round: [FaultKind] = []
    private var senseTurn: [FaultKind: Int] = [:]
    private var number = 0

    init(settings: PlantSettings, asset: Int) {
        self.settings = settings
        self.asset = asset
        random = SeededGenerator(seed: settings.seed, asset: asset, role: 2)
    }

    mutating func next() -> PlannedFault? {
        guard let every = settings.faultEvery?.seconds, !settings.faultKinds.isEmpty else {
            return nil
        }
        if round.isEmpty { round = newRound() }
        let kind = round.removeFirst()
        // The machines take turns, so that in a plant of three something happens often.
        let turn = every * (Double(number) + Double(asset) / Double(settings.assets))
        let from = (settings.faultFree.seconds + turn + every / 8 * random.unit()).rounded(.up)
        let length = (settings.faultLength.seconds * random.between(0.75...1.25)).rounded()
        number += 1
        return PlannedFault(
            kind: kind, sense: sense(for: kind), from: from, to: from + Swift.max(1, length),
            chance: random.next())
    }

    private mutating func newRound() -> [FaultKind] {
        var kinds = random.order(of: settings.faultKinds.count).map { settings.faultKinds[$0] }
        // The plant's very first fault is the one to see in a short demonstration.
        if number == 0, asset == 0, let i = kinds.firstIndex(of: .contradiction) {
            kinds.swapAt(0, i)
        }
        return kinds
    }

    /// The senses take turns too, from a random first one.
    private mutating func sense(for kind: FaultKind) -> Sense? {
        guard !kind.senses.isEmpty else { return nil }
        let turn = senseTurn[kind] ?? random.below(kind.senses.count)
        senseTurn[kind] = turn + 1
        return kind.senses[turn % kind.senses.count]
    }
}
