import Foundation
import Signals

/// What a machine is set up to make: an index into the names below.
struct Recipe: Equatable, Sendable {
    let index: Int

    private static let ordinary = [
        "alder", "birch", "cedar", "elder", "fir", "hazel", "juniper", "larch",
    ]
    private static let novel = ["maple", "rowan"]

    static let ordinaryMax = ordinary.count

    /// Ordinary and novel ones: the senses have a picture of each.
    static let count = ordinary.count + novel.count

    /// A recipe no machine ever runs, unless it is faulty.
    static func novel(_ chance: UInt64) -> Recipe {
        Recipe(index: ordinaryMax + Int(chance % UInt64(novel.count)))
    }

    var name: String {
        index < Self.ordinaryMax ? Self.ordinary[index] : Self.novel[index - Self.ordinaryMax]
    }
}

/// The one hidden state that all senses of a machine look at.
struct MachineState: Equatable, Sendable {
    var recipe: Recipe
    /// Cycles since the start; the fraction is the phase within the running one.
    var cycles: Double
    /// Relative to the nominal speed, about ±0.1.
    var speed: Double
    /// 0 after maintenance, 1 just before the next.
    var wear: Double

    var phase: Double { cycles - cycles.rounded(.down) }
}

/// One machine: which recipe it runs when, where in its cycle it is, how fast, how worn.
///
/// All but the recipes is a closed formula of time, so that a sense that lags can look up the state
/// of half a minute ago. With the speed
/// ```
/// s(t) = 1 + Σₖ aₖ sin(ωₖ t + θₖ)
/// ```
/// the cycles made since the start are its integral over the cycle's nominal length,
/// ```
/// c(t) = (t + Σₖ aₖ/ωₖ (cos θₖ − cos(ωₖ t + θₖ))) / C
/// ```
struct Machine: Sendable {
    /// Of the nominal cycle.
    private let cycleSeconds: Double
    private let swings: [Swing]
    private let wearAtStart: Double
    private var stretches: [Stretch] = []
    private var nextStretchAt = 0.0
    private var bag: [Int] = []
    private var isFirstRound = true
    private let recipes: Int
    private let recipeSeconds: ClosedRange<Double>
    private var random: SeededGenerator

    private struct Swing: Sendable {
        let a: Double
        let omega: Double
        let theta: Double
    }

    private struct Stretch: Sendable {
        let from: Double
        let recipe: Recipe
    }

    /// How far back `state(at:)` may look.
    static let memorySeconds = 120.0

    private static let maintenanceSeconds = 8 * 3600.0

    init(settings: PlantSettings, asset: Int) {
        var random = SeededGenerator(seed: settings.seed, asset: asset, role: 1)
        recipes = settings.recipes
        recipeSeconds = settings.recipeSeconds
        cycleSeconds = random.between(3.6...4.8)
        wearAtStart = random.unit()
        swings = [(0.06, 53.0), (0.03, 17.0)].map { a, seconds in
            let period = seconds * random.between(0.9...1.1)
            return Swing(a: a, omega: 2 * .pi / period, theta: 2 * .pi * random.unit())
        }
        self.random = random
    }

    /// The state `seconds` after the start. Before it, the machine is taken to have stood as at
    /// the start.
    mutating func state(at seconds: Double) -> MachineState {
        let t = max(0, seconds)
        extend(to: t)
        var speed = 1.0
        var made = t
        for swing in swings {
            let angle = swing.omega * t + swing.theta
            speed += swing.a * sin(angle)
            made += swing.a / swing.omega * (cos(swing.theta) - cos(angle))
        }
        let wear = wearAtStart + t / Self.maintenanceSeconds
        return MachineState(
            recipe: recipe(at: t), cycles: made / cycleSeconds, speed: speed,
            wear: wear - wear.rounded(.down))
    }

    private func recipe(at t: Double) -> Recipe {
        // The newest stretch answers nearly always.
        var i = stretches.count - 1
        while i > 0, stretches[i].from > t { i -= 1 }
        return stretches[i].recipe
    }

    private mutating func extend(to t: Double) {
        while nextStretchAt <= t {
            stretches.append(Stretch(from: nextStretchAt, recipe: drawRecipe()))
            let most = isFirstRound ? 60 / Double(recipes) : recipeSeconds.upperBound
            let least = min(recipeSeconds.lowerBound, most)
            nextStretchAt += random.between(least...max(least, min(most, recipeSeconds.upperBound)))
            if bag.isEmpty { isFirstRound = false }
            while stretches.count > 1, stretches[1].from < t - Self.memorySeconds {
                stretches.removeFirst()
            }
        }
    }

    /// Rounds of all recipes in random order: none is missing for long.
    private mutating func drawRecipe() -> Recipe {
        if bag.isEmpty {
            bag = random.order(of: recipes)
            if let last = stretches.last, last.recipe.index == bag[recipes - 1] {
                bag.swapAt(0, recipes - 1)
            }
        }
        return Recipe(index: bag.removeLast())
    }
}
