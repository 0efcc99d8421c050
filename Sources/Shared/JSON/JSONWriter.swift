/// Writes JSON straight into bytes, in the order it is told, with commas where they belong.
///
/// Strings are escaped so that the text may also stand inside a page: `<`, `>`, `&` and the line separators of Unicode are
/// written as escapes.
package struct JSONWriter {
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false

    package init(reservingCapacity capacity: Int = 512) {
        bytes.reserveCapacity(capacity)
    }

    // MARK: Structure

    package mutating func object<Failure: Error>(_ body: (inout JSONWriter) throws(Failure) -> Void) throws(Failure) {
        open(UInt8(ascii: "{"))
        try body(&self)
        close(UInt8(ascii: "}"))
    }

    package mutating func array<Failure: Error>(_ body: (inout JSONWriter) throws(Failure) -> Void) throws(Failure) {
        open(UInt8(ascii: "["))
        try body(&self)
        close(UInt8(ascii: "]"))
    }

    /// The name of a member; its value must follow.
    package mutating func key(_ name: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// The name of a member that is known only now.
    package mutating func key(dynamic name: String) {
        separate()
        append(escaped: name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    private mutating func open(_ byte: UInt8) {
        separate()
        bytes.append(byte)
        needsComma = false
    }

    private mutating func close(_ byte: UInt8) {
        bytes.append(byte)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    // MARK: Values

    package mutating func value(_ text: String) {
        separate()
        append(escaped: text)
    }

    package mutating func value(_ number: Int64) {
        separate()
        append(decimal: number)
    }

    package mutating func value(_ number: Int) {
        value(Int64(number))
    }

    /// The shortest decimal that reads back as the same number; null for what is not finite.
    package mutating func value(_ number: Double) {
        guard number.isFinite else { return null() }
        separate()
        bytes.append(contentsOf: number.description.utf8)
    }

    package mutating func value(_ flag: Bool) {
        separate()
        bytes.append(contentsOf: (flag ? "true" : "false").utf8)
    }

    /// In UTC, with microseconds when they are not zero.
    package mutating func value(_ instant: Instant) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        instant.appendISO8601(to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    package mutating func null() {
        separate()
        bytes.append(contentsOf: "null".utf8)
    }

    /// Bytes that are JSON already.
    package mutating func raw(_ json: some Sequence<UInt8>) {
        separate()
        bytes.append(contentsOf: json)
    }

    /// Microseconds as seconds: a whole number where they are whole, else with six decimals at most.
    package mutating func seconds(_ microseconds: Int64) {
        separate()
        let magnitude = microseconds.magnitude
        if microseconds < 0 { bytes.append(UInt8(ascii: "-")) }
        append(decimal: Int64(magnitude / 1_000_000))
        var fraction = magnitude % 1_000_000
        guard fraction > 0 else { return }
        bytes.append(UInt8(ascii: "."))
        var unit: UInt64 = 100_000
        while fraction > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(fraction / unit))
            fraction %= unit
            unit /= 10
        }
    }

    // MARK: Members

    package mutating func field(_ name: StaticString, _ text: String?) {
        key(name)
        if let text { value(text) } else { null() }
    }

    package mutating func field(_ name: StaticString, _ number: Int64?) {
        key(name)
        if let number { value(number) } else { null() }
    }

    package mutating func field(_ name: StaticString, _ number: Int?) {
        field(name, number.map(Int64.init))
    }

    package mutating func field(_ name: StaticString, _ number: Double?) {
        key(name)
        if let number { value(number) } else { null() }
    }

    package mutating func field(_ name: StaticString, _ flag: Bool?) {
        key(name)
        if let flag { value(flag) } else { null() }
    }

    package mutating func field(_ name: StaticString, _ instant: Instant?) {
        key(name)
        if let instant { value(instant) } else { null() }
    }

    /// Microseconds, written as seconds.
    package mutating func field(_ name: StaticString, seconds microseconds: Int64?) {
        key(name)
        if let microseconds { seconds(microseconds) } else { null() }
    }

    // MARK: Bytes

    private mutating func append(decimal number: Int64) {
        if (0...9).contains(number) { return bytes.append(UInt8(ascii: "0") + UInt8(number)) }
        var magnitude = number.magnitude
        if number < 0 { bytes.append(UInt8(ascii: "-")) }
        let start = bytes.count
        while magnitude > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(magnitude % 10))
            magnitude /= 10
        }
        bytes[start...].reverse()
    }

    private mutating func append(escaped text: String) {
        bytes.append(UInt8(ascii: "\""))
        var copy = text
        copy.withUTF8 { utf8 in
            var start = 0
            for index in utf8.indices {
                let escape = Self.escape(of: utf8[index], in: utf8, at: index)
                guard let escape else { continue }
                bytes.append(contentsOf: utf8[start..<index])
                bytes.append(contentsOf: escape.utf8)
                start = index + (utf8[index] == 0xE2 ? 3 : 1)
            }
            bytes.append(contentsOf: utf8[start...])
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func escape(of byte: UInt8, in utf8: UnsafeBufferPointer<UInt8>, at index: Int) -> String? {
        switch byte {
        case UInt8(ascii: "\""): return "\\\""
        case UInt8(ascii: "\\"): return "\\\\"
        case UInt8(ascii: "<"): return "\\u003c"
        case UInt8(ascii: ">"): return "\\u003e"
        case UInt8(ascii: "&"): return "\\u0026"
        case 0x0A: return "\\n"
        case 0x0D: return "\\r"
        case 0x09: return "\\t"
        case 0..<0x20:
            let digits = Array("0123456789abcdef")
            return "\\u00\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
        case 0xE2 where utf8[index + 1] == 0x80 && utf8[index + 2] == 0xA8: return "\\u2028"
        case 0xE2 where utf8[index + 1] == 0x80 && utf8[index + 2] == 0xA9: return "\\u2029"
        default: return nil
        }
    }
}
