/// An exact decimal number as numeric, held as its decimal text: `-12.50`, `NaN`, `Infinity`, `-Infinity`.
package struct PostgresNumeric: Hashable, Sendable {
    package let text: String

    /// A number from decimal text: optional sign, digits, optional point and digits; no exponent, at most 1000 digits.
    ///
    /// Nil when the text is anything else.
    package init?(_ text: String) {
        guard text.utf8.count <= 1002 else { return nil }
        if !["NaN", "Infinity", "-Infinity"].contains(text) {
            var digits = 0
            var points = 0
            for (position, byte) in text.utf8.enumerated() {
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"): digits += 1
                case UInt8(ascii: "."): points += 1
                case UInt8(ascii: "-"), UInt8(ascii: "+"):
                    if position != 0 { return nil }
                default: return nil
                }
            }
            guard digits > 0, points <= 1, text.utf8.last != UInt8(ascii: ".") else { return nil }
        }
        self.text = text
    }

    /// The number `unscaled` × 10^-`scale`; scale 0…18.
    package init(unscaled: Int64, scale: Int) {
        precondition((0...18).contains(scale), "scale is 0…18")
        let digits = String(unscaled.magnitude)
        let padded = String(repeating: "0", count: max(0, scale + 1 - digits.utf8.count)) + digits
        let whole = padded.dropLast(scale)
        let sign = unscaled < 0 ? "-" : ""
        self.text = scale == 0 ? "\(sign)\(whole)" : "\(sign)\(whole).\(padded.suffix(scale))"
    }

    private init(checked text: String) {
        self.text = text
    }

    /// The number times 10^`scale` as an integer; nil when it is not one exactly, or does not fit.
    package func unscaled(scale: Int) -> Int64? {
        var magnitude: Int64 = 0
        var fraction = 0
        var seenPoint = false
        let negative = text.utf8.first == UInt8(ascii: "-")
        func shift(_ digit: Int64) -> Bool {
            let (product, first) = magnitude.multipliedReportingOverflow(by: 10)
            // Counted downwards, so that Int64.min fits.
            let (sum, second) = product.subtractingReportingOverflow(digit)
            magnitude = sum
            return !first && !second
        }
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "+"), UInt8(ascii: "-"): continue
            case UInt8(ascii: "."): seenPoint = true
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                let digit = Int64(byte - UInt8(ascii: "0"))
                if seenPoint && fraction == scale {
                    if digit != 0 { return nil }
                } else {
                    if !shift(digit) { return nil }
                    if seenPoint { fraction += 1 }
                }
            default: return nil
            }
        }
        while fraction < scale {
            if !shift(0) { return nil }
            fraction += 1
        }
        if negative { return magnitude }
        let (positive, overflow) = Int64(0).subtractingReportingOverflow(magnitude)
        return overflow ? nil : positive
    }
}

extension PostgresNumeric: PostgresArrayElement {
    package static var postgresType: PostgresType { .numeric }
    package static var postgresArrayType: PostgresType { .numericArray }

    private static let negative: UInt16 = 0x4000
    private static let notANumber: UInt16 = 0xC000
    private static let infinity: UInt16 = 0xD000
    private static let minusInfinity: UInt16 = 0xF000

    /// On the wire: digits of base 10 000, the weight of the first one, sign, and decimal places to show.
    package func encode(into buffer: inout [UInt8]) {
        func header(count: Int, weight: Int, sign: UInt16, scale: Int) {
            buffer.append(bigEndian: UInt16(count))
            buffer.append(bigEndian: Int16(weight))
            buffer.append(bigEndian: sign)
            buffer.append(bigEndian: UInt16(scale))
        }
        switch text {
        case "NaN": return header(count: 0, weight: 0, sign: Self.notANumber, scale: 0)
        case "Infinity": return header(count: 0, weight: 0, sign: Self.infinity, scale: 0)
        case "-Infinity": return header(count: 0, weight: 0, sign: Self.minusInfinity, scale: 0)
        default: break
        }
        let unsigned = text.utf8.drop { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }
        let parts = unsigned.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        let whole = parts.first.map { Array($0) } ?? []
        let fraction = parts.count == 2 ? Array(parts[1]) : []
        let zero = UInt8(ascii: "0")
        // Both sides of the point are filled up to whole groups of four.
        var digits = Array(repeating: zero, count: (4 - whole.count % 4) % 4) + whole + fraction
        digits += Array(repeating: zero, count: (4 - fraction.count % 4) % 4)
        var groups: [UInt16] = []
        for start in stride(from: 0, to: digits.count, by: 4) {
            groups.append(digits[start..<(start + 4)].reduce(0) { $0 * 10 + UInt16($1 - zero) })
        }
        var weight = (whole.count + 3) / 4 - 1
        while groups.first == 0 {
            groups.removeFirst()
            weight -= 1
        }
        while groups.last == 0 { groups.removeLast() }
        if groups.isEmpty { weight = 0 }
        let sign = text.utf8.first == UInt8(ascii: "-") && !groups.isEmpty ? Self.negative : 0
        header(count: groups.count, weight: weight, sign: sign, scale: fraction.count)
        for group in groups { buffer.append(bigEndian: group) }
    }

    /// Reads numeric; integers are taken too, as they are exact.
    package static func decode(
        _ bytes: UnsafeRawBufferPointer, type: PostgresType
    ) throws(DecodingFailure.Reason) -> PostgresNumeric {
        guard type == .numeric else {
            guard type == .int2 || type == .int4 || type == .int8 else {
                throw .wrongType(expected: "numeric", found: type)
            }
            return PostgresNumeric(unscaled: try Int64.decode(bytes, type: type), scale: 0)
        }
        let count = Int(try bytes.bigEndian(at: 0, as: UInt16.self))
        let weight = Int(try bytes.bigEndian(at: 2, as: Int16.self))
        let sign = try bytes.bigEndian(at: 4, as: UInt16.self)
        let scale = Int(try bytes.bigEndian(at: 6, as: UInt16.self))
        guard bytes.count == 8 + 2 * count, scale <= 16_383 else { throw .malformed }
        switch sign {
        case notANumber: return PostgresNumeric(checked: "NaN")
        case infinity: return PostgresNumeric(checked: "Infinity")
        case minusInfinity: return PostgresNumeric(checked: "-Infinity")
        case 0, negative: break
        default: throw .malformed
        }
        func group(_ position: Int) throws(DecodingFailure.Reason) -> String {
            // Position 0 is the group left of the point's right side: the one with weight 0.
            let index = weight - position
            guard index >= 0, index < count else { return "0000" }
            let value = try bytes.bigEndian(at: 8 + 2 * index, as: UInt16.self)
            guard value < 10_000 else { throw .malformed }
            let digits = String(value)
            return String(repeating: "0", count: 4 - digits.utf8.count) + digits
        }
        var whole = ""
        for position in stride(from: weight, through: 0, by: -1) {
            whole += try group(position)
        }
        let trimmed = whole.drop { $0 == "0" }
        var fraction = ""
        for position in 0..<((scale + 3) / 4) {
            fraction += try group(-1 - position)
        }
        let number = trimmed.isEmpty ? "0" : String(trimmed)
        let text = scale == 0 ? number : "\(number).\(fraction.prefix(scale))"
        return PostgresNumeric(checked: sign == negative ? "-" + text : text)
    }
}
