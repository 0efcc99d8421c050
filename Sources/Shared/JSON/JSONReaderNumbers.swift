/// A number of a JSON text as it was written.
package enum JSONNumber: Equatable, Sendable {
    /// Neither fraction nor exponent, and within 64 bits.
    case integer(Int64)
    /// Any other; finite, the nearest there is.
    case number(Double)
}

/// Numbers of a JSON text.
extension JSONReader {
    /// Reads the next value, which is a number.
    package mutating func readNumber() throws(JSONError) -> JSONNumber {
        skipSpace()
        var decimal = Decimal(start: position)
        if try nextByte() == UInt8(ascii: "-") {
            decimal.isNegative = true
            position += 1
        }
        let firstDigit = position
        guard Self.isDigit(try nextByte()) else { throw error(decimal.isNegative ? .invalidNumber : .unexpectedByte) }
        skipDigits(into: &decimal)
        if position - firstDigit > 1, bytes[firstDigit] == UInt8(ascii: "0") {
            throw JSONError(reason: .invalidNumber, offset: decimal.start)
        }
        var isWhole = true
        if position < end, bytes[position] == UInt8(ascii: ".") {
            isWhole = false
            position += 1
            let firstDigit = position
            try requireDigit()
            skipDigits(into: &decimal)
            decimal.exponent -= position - firstDigit
        }
        if position < end, bytes[position] | 0x20 == UInt8(ascii: "e") {
            isWhole = false
            position += 1
            decimal.exponent += try readExponent()
        }
        if isWhole, let integer = decimal.integer { return .integer(integer) }
        return .number(try number(decimal))
    }

    /// A decimal number while it is read: ±`significand` × 10^`exponent`.
    private struct Decimal {
        let start: Int
        var isNegative = false
        /// Nil once there were more digits than it holds.
        var significand: UInt64? = 0
        var exponent = 0

        init(start: Int) {
            self.start = start
        }

        mutating func append(digit: UInt8) {
            guard let significand else { return }
            let (tenfold, isTooLarge) = significand.multipliedReportingOverflow(by: 10)
            let (sum, isSumTooLarge) = tenfold.addingReportingOverflow(UInt64(digit))
            self.significand = isTooLarge || isSumTooLarge ? nil : sum
        }

        var integer: Int64? {
            guard let significand else { return nil }
            guard isNegative else { return Int64(exactly: significand) }
            return significand == Int64.min.magnitude ? .min : Int64(exactly: significand).map(-)
        }

        /// Exact significand and exact power of ten: one operation rounds once, as reading the digits would.
        var exactlyRounded: Double? {
            guard let significand, significand <= 1 << 53, (-22...22).contains(exponent) else { return nil }
            let power = Self.powersOfTen[abs(exponent)]
            let magnitude = exponent < 0 ? Double(significand) / power : Double(significand) * power
            return isNegative ? -magnitude : magnitude
        }

        private static let powersOfTen: [Double] = [
            1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
            1e19, 1e20, 1e21, 1e22,
        ]
    }

    private mutating func number(_ decimal: Decimal) throws(JSONError) -> Double {
        if let number = decimal.exactlyRounded { return number }
        let text = String(decoding: bytes[decimal.start..<position], as: UTF8.self)
        guard let number = Double(text), number.isFinite else {
            let largest = Double.greatestFiniteMagnitude
            return try standIn(decimal.isNegative ? -largest : largest, .numberOutOfRange, at: decimal.start)
        }
        return number
    }

    /// The exponent, cut to ±100 000, which no finite number with fewer digits than that needs.
    private mutating func readExponent() throws(JSONError) -> Int {
        var isNegative = false
        if position < end, bytes[position] == UInt8(ascii: "-") || bytes[position] == UInt8(ascii: "+") {
            isNegative = bytes[position] == UInt8(ascii: "-")
            position += 1
        }
        try requireDigit()
        var exponent = 0
        while position < end, Self.isDigit(bytes[position]) {
            exponent = min(100_000, exponent * 10 + Int(bytes[position] - UInt8(ascii: "0")))
            position += 1
        }
        return isNegative ? -exponent : exponent
    }

    private func requireDigit() throws(JSONError) {
        guard Self.isDigit(try nextByte()) else { throw error(.invalidNumber) }
    }

    private mutating func skipDigits(into decimal: inout Decimal) {
        while position < end, Self.isDigit(bytes[position]) {
            decimal.append(digit: bytes[position] - UInt8(ascii: "0"))
            position += 1
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
