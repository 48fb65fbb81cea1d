import Signals

/// Payloads as the contract has them, written byte by byte: this is where a fast plant's time goes.
enum PayloadText {
    /// `{"ts":1790000000123,"v":[0.1234,-5.0000]}`; numbers rounded to four decimals.
    static func vector(stamp: EventTime, values: [Double]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 64 + values.count * 24) { bytes, count in
            var writer = Writer(bytes: bytes)
            writer.text("{\"ts\":")
            writer.integer(stamp.milliseconds)
            writer.text(",\"v\":[")
            for i in values.indices {
                if i > 0 { writer.byte(UInt8(ascii: ",")) }
                writer.fourDecimals(values[i])
            }
            writer.text("]}")
            count = writer.count
        }
    }

    /// `{"ts":1790000000123,"line":"recipe alder loaded","severity":"info"}`.
    static func log(stamp: EventTime, line: ControllerLog.Line) -> [UInt8] {
        // Our own words hold nothing that JSON would want escaped.
        Array(
            "{\"ts\":\(stamp.milliseconds),\"line\":\"\(line.text)\",\"severity\":\"\(line.severity)\"}"
                .utf8)
    }

    private struct Writer {
        let bytes: UnsafeMutableBufferPointer<UInt8>
        private(set) var count = 0

        init(bytes: UnsafeMutableBufferPointer<UInt8>) {
            self.bytes = bytes
        }

        mutating func byte(_ byte: UInt8) {
            bytes[count] = byte
            count += 1
        }

        mutating func text(_ text: StaticString) {
            text.withUTF8Buffer { for b in $0 { byte(b) } }
        }

        mutating func integer(_ x: Int64) {
            if x < 0 { byte(UInt8(ascii: "-")) }
            digits(x.magnitude, atLeast: 1)
        }

        mutating func fourDecimals(_ x: Double) {
            precondition(abs(x) < 1e12, "the plant's numbers are small and finite")
            let scaled = Int64((x * 10_000).rounded())
            if scaled < 0 { byte(UInt8(ascii: "-")) }
            let (whole, part) = scaled.magnitude.quotientAndRemainder(dividingBy: 10_000)
            digits(whole, atLeast: 1)
            byte(UInt8(ascii: "."))
            digits(part, atLeast: 4)
        }

        private mutating func digits(_ x: UInt64, atLeast least: Int) {
            var length = 1
            var bound: UInt64 = 10
            while length < 19, x >= bound {
                length += 1
                bound *= 10
            }
            length = max(length, least)
            var rest = x
            for i in stride(from: count + length - 1, through: count, by: -1) {
                bytes[i] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            }
            count += length
        }
    }
}
