import Fusion
import Signals
import TestSupport
import Testing

@Suite struct FeatureContributionTests {
    private static let sense = StreamName("b")
    private static let usual = (hotelling: -0.5, residual: -1.0)

    @Test(
        "The one number that was disturbed is named first, whatever correlates with it",
        arguments: UInt64(0)..<4)
    func disturbedNumberIsNamed(seed: UInt64) throws {
        var senses = SyntheticSenses(seed: seed)
        let windows = senses.windows(300)
        let encoder = try #require(
            LinearFit.fit(windows, settings: FusionSettings())?.encoders[Self.sense]?.linear)
        var named = 0
        var tried = 0
        for second in 300..<320 {
            let window = senses.window(at: second)
            guard case .vector(let calm)? = window.streams[Self.sense] else { continue }
            for number in 0..<calm.dimension {
                for sign in [Float(-1), 1] {
                    var vector = calm
                    vector.mean[number] += sign * 12 * encoder.map.scale[number]
                    let told = encoder.contributions(
                        to: .vector(vector), usual: Self.usual, count: 3)
                    tried += 1
                    guard let first = told.first, first.feature == .number(number, .mean)
                    else { continue }
                    named += 1
                    #expect((first.deviation > 0) == (sign > 0))
                }
            }
        }
        #expect(Double(named) >= 0.99 * Double(tried))
    }

    @Test("Shares are told from the largest, between 0 and 1, at most as many as asked for")
    func sharesAreOrdered() throws {
        var senses = SyntheticSenses(seed: 9)
        let encoder = try #require(
            LinearFit.fit(senses.windows(200), settings: FusionSettings())?
                .encoders[Self.sense]?.linear)
        let summary = try #require(senses.window(at: 250).streams[Self.sense])
        for count in 0...5 {
            let shares = encoder.contributions(to: summary, usual: Self.usual, count: count)
                .map(\.share)
            #expect(shares.count <= count)
            #expect(shares == shares.sorted(by: >))
            #expect(shares.allSatisfy { (0...1).contains($0) })
        }
    }

    @Test("A summary of another dimension has no contributions")
    func otherDimension() throws {
        var senses = SyntheticSenses(seed: 9)
        let encoder = try #require(
            LinearFit.fit(senses.windows(200), settings: FusionSettings())?
                .encoders[Self.sense]?.linear)
        let other = try #require(VectorSummary(vectors: [[1]]))
        #expect(encoder.contributions(to: .vector(other), usual: Self.usual, count: 3).isEmpty)
    }
}
