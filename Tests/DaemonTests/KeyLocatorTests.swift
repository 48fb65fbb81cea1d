import Signals
import Testing

@testable import Daemon

@Suite("Where keys stand")
struct KeyLocatorTests {
    private func place(_ path: String..., in text: String) -> [Int]? {
        KeyLocator.positions(in: text)[path].map { [$0.line, $0.column] }
    }

    @Test("A key in a table, after comments and blank lines")
    func plainKeys() {
        let text = """
            # windowing.length = "no"
            [windowing] # = [

              length = "5s"   # hop = "x"
            hop="1s"
            """
        #expect(place("windowing", in: text) == [2, 1])
        #expect(place("windowing", "length", in: text) == [4, 3])
        #expect(place("windowing", "hop", in: text) == [5, 1])
    }

    @Test("Dotted keys and dotted tables are paths, with blanks around the dots")
    func dottedKeys() {
        let text = """
            windowing . length = "5s"
            [ intake . logs ]
            depth = 4
            """
        #expect(place("windowing", "length", in: text) == [1, 1])
        #expect(place("intake", "logs", in: text) == [2, 1])
        #expect(place("intake", "logs", "depth", in: text) == [3, 1])
    }

    @Test("Inline tables and lists, over several lines")
    func nested() {
        let text = """
            detection = { weights = { own = 1, "log" = 2 } }
            streams = [
                { name = "a", topic = "x" }, # { name = "no" }
                { name = "b",
                  topic = "y" },
            ]
            last = [ [1, 2], ["]", '#'] ]
            after = 1
            """
        #expect(place("detection", "weights", "log", in: text) == [1, 36])
        #expect(place("streams", "0", "topic", in: text) == [3, 19])
        #expect(place("streams", "1", in: text) == [4, 5])
        #expect(place("streams", "1", "topic", in: text) == [5, 7])
        #expect(place("last", "1", "1", in: text) == [7, 24])
        #expect(place("after", in: text) == [8, 1])
    }

    @Test("Lists of tables are numbered, and tables inside them belong to the newest")
    func listsOfTables() {
        let text = """
            [[streams]]
            name = "a"
            [[streams]]
            name = "b"
            [streams.more]
            x = 1
            """
        #expect(place("streams", in: text) == [1, 1])
        #expect(place("streams", "0", "name", in: text) == [2, 1])
        #expect(place("streams", "1", in: text) == [3, 1])
        #expect(place("streams", "1", "name", in: text) == [4, 1])
        #expect(place("streams", "1", "more", "x", in: text) == [6, 1])
    }

    @Test("What stands inside strings is no key")
    func strings() {
        let text = #"""
            a = "x \" = [ # \\"
            b = 'c:\'
            c = """
            d = 1 \"""
            [e]""""
            f = '''
            g = 1''''
            "h i" = 1
            'j.k' = 2
            """#
        let positions = KeyLocator.positions(in: text)
        #expect(Set(positions.keys) == [["a"], ["b"], ["c"], ["f"], ["h i"], ["j.k"]])
        #expect(place("f", in: text) == [6, 1])
        #expect(place("h i", in: text) == [8, 1])
        #expect(place("j.k", in: text) == [9, 1])
    }

    @Test("Columns count Unicode scalars; a byte order mark and CR LF count nothing")
    func columns() {
        let text = "\u{FEFF}a = { \"\u{E4}\u{1F600}\" = 1, b = 2 }\r\nc = 3\r\n"
        #expect(place("a", in: text) == [1, 1])
        #expect(place("a", "b", in: text) == [1, 17])
        #expect(place("c", in: text) == [2, 1])
    }

    /// Builds a document out of pieces whose places are known while it is written.
    @Test("Every key of a random document is found where it was written", arguments: UInt64(0)..<64)
    func randomDocuments(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var text = ""
        var line = 1
        var expected: [[String]: KeyLocator.Position] = [:]
        func write(_ piece: String) {
            text += piece
            line += piece.utf8.count { $0 == UInt8(ascii: "\n") }
        }
        let values = [
            "1", "-2.5", "true", "\"a = 1 # [x]\"", "'\\'", "[1, [2, 3]]", "2000-01-01",
            "\"\"\"\nx = 1\n[y]\n\"\"\"", "'''\n'' = 2\n'''", "[ # a = 1\n 'b', ]", "{}",
        ]
        for table in 0..<5 {
            write(Bool.random(using: &random) ? "\n# z = 1\n" : "\n")
            let inList = Bool.random(using: &random)
            var path = inList ? ["list\(table)"] : ["t", "\(table)"]
            let repeats = inList ? Int.random(in: 1...3, using: &random) : 1
            for index in 0..<repeats {
                expected[inList ? path + ["\(index)"] : path] = .init(line: line, column: 1)
                write(inList ? "[[list\(table)]]\n" : "[t . \"\(table)\"]\n")
                let keyPath = inList ? path + ["\(index)"] : path
                for key in 0..<Int.random(in: 0...6, using: &random) {
                    let indent = Int.random(in: 0...3, using: &random)
                    expected[keyPath + ["k\(key)"]] = .init(line: line, column: indent + 1)
                    write(String(repeating: " ", count: indent) + "k\(key) = ")
                    write(values.randomElement(using: &random)! + " # k9 = 1\n")
                }
            }
            path = []
        }
        // The parser agrees that this is TOML, or the property would be about nothing.
        _ = try SettingsDocument(parsing: text, file: "random.toml")
        let found = KeyLocator.positions(in: text)
        for (path, position) in expected { #expect(found[path] == position, "\(path)\n\(text)") }
    }

    @Test("Any text comes to an end, TOML or not", arguments: UInt64(0)..<200)
    func junk(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let alphabet = Array("[]{}=.,\"'#\\\n ab1\u{E4}")
        let text = String((0..<300).map { _ in alphabet.randomElement(using: &random)! })
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).count
        for position in KeyLocator.positions(in: text).values {
            #expect((1...lines).contains(position.line) && position.column >= 1)
        }
    }

    @Test("Deep nesting, which the parser refuses, does not exhaust the stack")
    func deepNesting() {
        let deep = String(repeating: "[", count: 5000)
        #expect(KeyLocator.positions(in: deep).count < 10)
        #expect(KeyLocator.positions(in: "a = " + deep).count < 1000)
        #expect(KeyLocator.positions(in: "a = " + deep.replacing("[", with: "{a=")).count < 1000)
    }
}
