import Signals
import SimulatedPlant
import Testing

@Suite("Faults")
struct FaultTests {
    /// A plant whose faults are all of one kind, and the same plant without faults.
    private func pair(_ kind: FaultKind, seed: UInt64) throws -> (Recorded, Recorded) {
        var settings = smallPlant(seed: seed, seconds: 150)
        settings.faultKinds = [kind]
        // What overtakes what would only blur where a fault begins.
        settings.stragglers = 0
        let faulty = try Recorded(settings)
        settings.faultEvery = nil
        return (faulty, try Recorded(settings))
    }

    /// Whether a message was sampled while `fault` was on, by true time.
    private func isHit(_ heard: Recorded.Heard, by fault: Fault) -> Bool {
        let settings = smallPlant(seed: 0, seconds: 1)
        let sampled = heard.stamp - settings.settings(of: heard.sense).clockOffset
        // Stamps are cut to the millisecond.
        return fault.from <= sampled + .milliseconds(1) && sampled < fault.to
    }

    @Test("Each kind appears once in every round", arguments: UInt64(1)...8)
    func eachKindTakesItsTurn(seed: UInt64) throws {
        var settings = smallPlant(seed: seed, seconds: 16 * 40 + 30)
        settings.camera.rate = 0.1
        settings.audio.rate = 0.1
        let kinds = try Recorded(settings).faults.map(\.kind)
        let n = FaultKind.allCases.count
        for round in 0..<2 {
            #expect(Set(kinds[round * n..<(round + 1) * n]) == Set(FaultKind.allCases))
        }
        #expect(kinds[0] == .contradiction)
    }

    @Test("Faults wait their time, never overlap on a machine, and end", arguments: UInt64(1)...8)
    func faultsKeepApart(seed: UInt64) throws {
        var settings = smallPlant(seed: seed, seconds: 400)
        settings.assets = 2
        settings.faultEvery = .seconds(20)
        settings.faultLength = .seconds(10)
        let recorded = try Recorded(settings)
        for asset in ["press-1", "press-2"] {
            let faults = recorded.faults.filter { $0.asset.text == asset }
            #expect(faults.count >= 15)
            #expect(faults[0].from >= settings.start + settings.faultFree)
            #expect(zip(faults, faults.dropFirst()).allSatisfy { $0.to < $1.from })
        }
        for event in recorded.events {
            switch event.kind {
            case .faultBegan(let fault): #expect(event.at == fault.from)
            case .faultEnded(let fault): #expect(event.at == fault.to)
            case .message: break
            }
        }
    }

    @Test(
        "A fault changes what it names, while it lasts, and not a byte beside it",
        arguments: FaultKind.allCases, UInt64(1)...2)
    func faultsStayWithinTheirBounds(kind: FaultKind, seed: UInt64) throws {
        let (faulty, sound) = try pair(kind, seed: seed)
        #expect(faulty.faults.count == 4)
        for sense in Sense.allCases {
            let faults = faulty.faults.filter { $0.streams.contains(sense.stream) }
            func calm(_ recorded: Recorded) -> [Recorded.Heard] {
                recorded.of(sense).filter { heard in !faults.contains { isHit(heard, by: $0) } }
            }
            // After a fault, the log says once more which recipe runs.
            if sense != .log || faults.isEmpty { #expect(calm(faulty) == calm(sound)) }
            for fault in faults {
                let shown = faulty.of(sense).filter { isHit($0, by: fault) }
                #expect(shown != sound.of(sense).filter { isHit($0, by: fault) })
            }
        }
    }

    @Test("A silent sense says nothing, a stuck one the same", arguments: UInt64(1)...3)
    func silentAndStuck(seed: UInt64) throws {
        let (silent, _) = try pair(.silent, seed: seed)
        let (stuck, _) = try pair(.stuck, seed: seed)
        for fault in silent.faults {
            let sense = Sense(rawValue: fault.streams[0].text)!
            #expect(!silent.of(sense).contains { isHit($0, by: fault) })
        }
        for fault in stuck.faults {
            let sense = Sense(rawValue: fault.streams[0].text)!
            let values = stuck.of(sense).filter { isHit($0, by: fault) }.map(\.values)
            #expect(values.count > 20 && Set(values).count == 1)
        }
    }

    @Test(
        "Only a novel state and a strange template bring new words",
        arguments: FaultKind.allCases, UInt64(1)...3)
    func newWords(kind: FaultKind, seed: UInt64) throws {
        var settings = smallPlant(seed: seed, seconds: 150)
        settings.camera.rate = 0.1
        settings.audio.rate = 0.1
        settings.faultKinds = [kind]
        let faulty = try Recorded(settings)
        settings.faultEvery = nil
        // Rare lines of a sound log take a while to come up.
        settings.duration = .seconds(1500)
        let sound = try Recorded(settings)
        func words(_ heard: [Recorded.Heard]) -> Set<Substring> {
            Set(heard.flatMap { $0.line.split(separator: " ") }.filter { !$0.contains(/\d/) })
        }
        let known = words(sound.of(.log))
        for fault in faulty.faults {
            let new = words(faulty.of(.log).filter { isHit($0, by: fault) }).subtracting(known)
            #expect(new.isEmpty == (kind != .novel && kind != .template), "\(new)")
        }
    }

    @Test("A lagging log names the recipe of back then", arguments: UInt64(1)...8)
    func lagLooksBack(seed: UInt64) throws {
        let (faulty, sound) = try pair(.lag, seed: seed)
        for fault in faulty.faults where fault.streams == [Sense.log.stream] {
            let lag = Int(try #require(fault.sentence.firstMatch(of: /lags (\d+) s/)).1)!
            for line in faulty.of(.log) where isHit(line, by: fault) {
                guard let recipe = line.recipe else { continue }
                let then = line.stamp - .seconds(lag)
                let near = sound.of(.log).filter {
                    $0.stamp > then - .seconds(3) && $0.stamp < then + .seconds(3)
                }
                #expect(near.isEmpty || near.compactMap(\.recipe).contains(recipe))
            }
        }
    }

    @Test("The announcement of a contradiction names both recipes", arguments: UInt64(1)...8)
    func contradictionIsAnnounced(seed: UInt64) throws {
        let (faulty, sound) = try pair(.contradiction, seed: seed)
        for fault in faulty.faults where fault.streams == [Sense.log.stream] {
            let said = try #require(
                fault.sentence.wholeMatch(
                    of:
                        /press-1: the log names recipe (\w+) while camera and audio follow recipe (\w+)/
                ))
            func first(_ recorded: Recorded) -> String? {
                recorded.of(.log).first { isHit($0, by: fault) && $0.recipe != nil }?.recipe
            }
            #expect(said.1 != said.2)
            // A recipe may change between the fault's beginning and the next line.
            if first(sound) == String(said.2) { #expect(first(faulty) == String(said.1)) }
        }
    }
}
