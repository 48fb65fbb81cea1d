import Testing

@testable import Status

@Suite struct ExpositionTests {
    @Test("A family says its meaning and kind once, and its samples follow")
    func family() {
        var exposition = Exposition()
        exposition.add("anchord_drops_total", .counter, "Lost.", by: "reason", ["late": 2, "a": 1])
        exposition.family("anchord_none", .gauge, "Nothing.") { _ in }
        exposition.add("anchord_assets", .gauge, "Heard.", 3)
        #expect(
            exposition.text == """
                # HELP anchord_drops_total Lost.
                # TYPE anchord_drops_total counter
                anchord_drops_total{reason="a"} 1
                anchord_drops_total{reason="late"} 2
                # HELP anchord_assets Heard.
                # TYPE anchord_assets gauge
                anchord_assets 3

                """)
    }

    @Test("Names of the plant cannot leave their quotes")
    func escapes() {
        var exposition = Exposition()
        exposition.family("m", .gauge, "a\\b\nc") {
            $0.add(0.25, ("asset", "x\"} 1\nevil\\"), ("stream", "<b>"))
        }
        #expect(
            exposition.text
                == "# HELP m a\\\\b\\nc\n# TYPE m gauge\n"
                + "m{asset=\"x\\\"} 1\\nevil\\\\\",stream=\"<b>\"} 0.25\n")
    }

    @Test("Numbers without a value are said as Prometheus says them")
    func numbers() {
        #expect(Exposition.number(.nan) == "NaN")
        #expect(Exposition.number(-.infinity) == "-Inf")
        #expect(Exposition.number(1e20) == "1e+20")
        #expect(Exposition.number(1_790_000_000.5) == "1790000000.5")
    }
}
