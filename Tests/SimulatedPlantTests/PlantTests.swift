import Foundation
import Signals
import SimulatedPlant
import Testing

@Suite("The plant")
struct PlantTests {
    @Test("The same seed gives the same bytes, another seed other ones", arguments: UInt64(1)...4)
    func seeds(seed: UInt64) throws {
        var settings = smallPlant(seed: seed, seconds: 60)
        settings.assets = 2
        let once = try Recorded(settings)
        #expect(try Recorded(settings).events == once.events)
        settings.seed += 1
        #expect(try Recorded(settings).events != once.events)
    }

    @Test("A longer run begins with the bytes of a shorter one")
    func longerRunBeginsAlike() {
        let short = Array(Plant(settings: smallPlant(seed: 1, seconds: 40)).prefix(500))
        let long = Array(Plant(settings: smallPlant(seed: 1, seconds: 400)).prefix(500))
        #expect(short == long)
    }

    @Test("Events come in order of true time", arguments: UInt64(1)...4)
    func eventsAreSorted(seed: UInt64) throws {
        var settings = smallPlant(seed: seed, seconds: 90)
        settings.assets = 3
        settings.stragglers = 0.2
        let events = try Recorded(settings).events
        #expect(zip(events, events.dropFirst()).allSatisfy { $0.at <= $1.at })
        for case .message(let message) in events.map(\.kind) {
            #expect(
                message.arrival.wall - settings.start.nanoseconds == message.arrival.elapsed)
        }
    }

    @Test("Every sense keeps its rate", arguments: UInt64(1)...4)
    func ratesHold(seed: UInt64) throws {
        var settings = smallPlant(seed: seed, seconds: 100)
        settings.faultEvery = nil
        let recorded = try Recorded(settings)
        for sense in Sense.allCases {
            let expected = 100 * settings.settings(of: sense).rate
            #expect(abs(Double(recorded.of(sense).count) - expected) <= 1, "\(sense)")
        }
    }

    @Test("A sense's clock is wrong by the same amount for good", arguments: Sense.allCases)
    func offsetsAreConstant(sense: Sense) throws {
        var settings = smallPlant(seed: 3, seconds: 180)
        settings.faultEvery = nil
        let offset = settings.settings(of: sense).clockOffset.seconds
        let heard = try Recorded(settings).of(sense)
        for minute in 0..<3 {
            let from = settings.start + .seconds(60 * minute)
            let lags = heard.filter { $0.left >= from && $0.left < from + .seconds(60) }
                .map { ($0.left - $0.stamp).seconds + offset }
            // The quickest message of a minute takes next to nothing; a stamp is cut to the ms.
            #expect(lags.min()! >= 0 && lags.min()! < 0.008)
        }
    }

    @Test("Messages leave within the jitter, stragglers within theirs", arguments: UInt64(1)...4)
    func jitterIsBounded(seed: UInt64) throws {
        var settings = smallPlant(seed: seed, seconds: 60)
        settings.faultEvery = nil
        settings.stragglers = 0
        func lags() throws -> [Double] {
            try Recorded(settings).of(.camera)
                .map { ($0.left - $0.stamp).seconds + settings.camera.clockOffset.seconds }
        }
        #expect(try lags().allSatisfy { $0 >= 0 && $0 <= 0.031 })
        #expect(try lags().max()! > 0.02)
        settings.stragglers = 0.2
        #expect(try lags().allSatisfy { $0 >= 0 && $0 <= 0.331 })
        #expect(try lags().max()! > 0.2)
    }

    @Test("Only stragglers are overtaken")
    func onlyStragglersAreOvertaken() throws {
        var settings = smallPlant(seed: 1, seconds: 60)
        settings.faultEvery = nil
        func overtaken() throws -> Int {
            let camera = try Recorded(settings).of(.camera)
            return zip(camera, camera.dropFirst()).count { $0.stamp > $1.stamp }
        }
        settings.stragglers = 0
        #expect(try overtaken() == 0)
        settings.stragglers = 0.2
        #expect(try overtaken() > 0)
    }

    @Test("Payloads are what the contract says")
    func payloadsKeepTheContract() throws {
        let settings = smallPlant(seed: 5, seconds: 60)
        for heard in try Recorded(settings).messages {
            let json = try JSONDecoder().decode(Recorded.Payload.self, from: Data(heard.payload))
            switch heard.sense {
            case .camera: #expect(json.v?.count == 6 && json.line == nil)
            case .audio: #expect(json.v?.count == 5 && json.line == nil)
            case .log:
                #expect(json.v == nil && json.line?.isEmpty == false)
                #expect(["debug", "info", "warning"].contains(json.severity))
            }
        }
    }

    @Test("Numbers in a payload have four decimals")
    func numbersHaveFourDecimals() throws {
        for heard in try Recorded(smallPlant(seed: 6, seconds: 20)).messages
        where heard.sense != .log {
            let text = String(decoding: heard.payload, as: UTF8.self)
            #expect(text.wholeMatch(of: /\{"ts":\d+,"v":\[-?\d+\.\d{4}(,-?\d+\.\d{4})*\]\}/) != nil)
        }
    }

    @Test("The first minute shows every recipe", arguments: 2...8, UInt64(1)...3)
    func firstMinuteShowsEveryRecipe(recipes: Int, seed: UInt64) throws {
        var settings = smallPlant(seed: seed, seconds: 60)
        settings.recipes = recipes
        settings.faultEvery = nil
        #expect(Set(try Recorded(settings).of(.log).compactMap(\.recipe)).count == recipes)
    }

    @Test("Settings that make no sense are refused in sentences")
    func problemsAreSentences() {
        var settings = PlantSettings(start: EventTime(milliseconds: 0))
        #expect(settings.problems() == [])
        settings.assets = 0
        settings.recipes = 1
        settings.camera.rate = 0
        settings.audio.dimension = 0
        settings.faultEvery = .seconds(20)
        settings.faultLength = .seconds(11)
        #expect(settings.problems().count == 5)
        #expect(settings.problems().allSatisfy { $0.hasSuffix(".") })
    }
}
