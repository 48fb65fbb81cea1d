import Testing

private let verdict = """
    {"asset":"press-1","window_start_ms":1000,"score":2.5,"blame":null,
     "streams":{"camera":{"present":true,"samples":4}},"reason":"camera is odd."}
    """

@Test(
    "A pattern that holds raises no fault",
    arguments: [
        #""score":2.5"#, #""score":{"min":2,"max":3}"#, #""streams":{"camera":{"samples":4}}"#,
        #""streams":{"audio":null}"#, #""blame":null"#, #""reason":{"contains":"odd"}"#,
        #""count":1"#,
    ])
func patternThatHoldsRaisesNoFault(_ fields: String) throws {
    #expect(try faults(expecting: #"{"asset":"press-1","window_start_ms":1000,\#(fields)}"#) == [])
}

@Test(
    "A pattern that does not hold raises a fault",
    arguments: [
        #""score":2.6"#, #""score":{"min":3}"#, #""score":{"max":2}"#, #""score":null"#,
        #""streams":{"camera":{"samples":5}}"#, #""streams":{"camera":null}"#,
        #""streams":{"audio":{"present":true}}"#, #""blame":"camera""#,
        #""reason":{"contains":"even"}"#, #""count":2"#, #""absent":true"#,
    ])
func patternThatDoesNotHoldRaisesAFault(_ fields: String) throws {
    #expect(
        try faults(expecting: #"{"asset":"press-1","window_start_ms":1000,\#(fields)}"#).count == 1)
}

@Test("A window that never came raises a fault, and a stretch speaks of all its windows")
func missingWindowRaisesAFault() throws {
    #expect(try faults(expecting: #"{"asset":"press-1","window_start_ms":2000}"#).count == 1)
    #expect(try faults(expecting: #"{"asset":"press-2","window_start_ms":1000}"#).count == 1)
    let stretch = #"{"asset":"press-1","window_start_ms":{"min":0,"max":2000},"score":9}"#
    #expect(try faults(expecting: stretch).count == 1)
}

private func faults(expecting line: String) throws -> [String] {
    let verdicts = [try JSON(verdict)]
    return try Expectation.read(line).flatMap { $0.faults(in: verdicts) }
}
