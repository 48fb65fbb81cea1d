import Foundation
import Publishing
import Signals
import Testing

@Suite struct JSONLineTests {
    @Test(
        "Rounded numbers read back within half a unit of their last digit",
        arguments: UInt64(0)..<16)
    func numbersReadBack(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let magnitude = Double.random(in: -30...30, using: &generator)
            let value = Double.random(in: -1...1, using: &generator) * pow(10, magnitude)
            var line = JSONLine()
            line.add("x", value)
            line.close()
            let object = try #require(
                try JSONSerialization.jsonObject(with: Data(line.text.utf8)) as? [String: Any])
            let read = try #require(object["x"] as? NSNumber).doubleValue
            #expect(abs(read - value) <= abs(value) * 6e-5)
        }
    }

    @Test("What is not finite is null", arguments: [Double.nan, .infinity, -.infinity])
    func notFiniteIsNull(value: Double) {
        var line = JSONLine()
        line.add("x", value)
        line.close()
        #expect(line.text == #"{"x":null}"#)
    }

    @Test(
        "Texts with quotes, control characters and other alphabets survive",
        arguments: ["a\"b\\c", "line\nend\t\u{1}", "Fräse-7 ⚙️", ""])
    func textsSurvive(text: String) throws {
        var line = JSONLine()
        line.add("s", text)
        line.add("inner") { $0.add("t", text) }
        line.add("list", list: [text, text])
        line.close()
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(line.text.utf8)) as? [String: Any])
        #expect(object["s"] as? String == text)
        #expect((object["inner"] as? [String: Any])?["t"] as? String == text)
        #expect(object["list"] as? [String] == [text, text])
    }

    @Test("Whole numbers have no point and small ones no trailing zeros")
    func numbersAreShort() {
        var line = JSONLine()
        line.add("a", 3.0)
        line.add("b", 0.00040000001)
        line.add("c", 12345.678)
        line.add("d", 0.0)
        line.add("e", 1e-12)
        line.add("f", 2e22)
        line.add("g", 1.7614e-8)
        line.close()
        #expect(
            line.text == #"{"a":3,"b":0.0004,"c":12346,"d":0,"e":1e-12,"f":2e22,"g":1.7614e-8}"#)
    }
}
