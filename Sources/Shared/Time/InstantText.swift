/// Instants as ISO 8601 text, read from and written to bytes.
extension Instant {
    /// Reads `YYYY-MM-DDTHH:MM[:SS[.f]]` followed by `Z` or `±HH:MM`.
    ///
    /// The fraction has one to nine digits and is cut, not rounded, to microseconds.
    /// - Throws: `.missingOffset` for a time that names no instant, `.beforeFirstYear` for one before 1970 UTC.
    package init(iso8601 bytes: Span<UInt8>) throws(TimeTextError) {
        let date = try LocalDate(leading: bytes)
        guard bytes.holds("T", at: 10) else { throw bytes.count == 10 ? .missingOffset : .malformed }
        let time = try LocalTime(bytes, at: 11)
        var index = 16
        var microseconds = LocalDateTime(date, time).microseconds
        if bytes.holds(":", at: index) {
            guard let second = bytes.decimal(at: index + 1, count: 2) else { throw .malformed }
            guard second < 60 else { throw .impossibleTime }
            microseconds += Int64(second) * Self.microsecondsPerSecond
            index += 3
            if bytes.holds(".", at: index) {
                index += 1
                microseconds += try Self.fraction(bytes, at: &index)
            }
        }
        microseconds -= try Self.offset(bytes, at: index)
        guard microseconds >= 0 else { throw .beforeFirstYear }
        guard microseconds <= Self.last.microseconds else { throw .afterLastYear }
        self.init(microseconds: microseconds)
    }

    /// Reads the same from a string.
    package init(iso8601 text: String) throws(TimeTextError) {
        let bytes = Array(text.utf8)
        try self.init(iso8601: bytes.span)
    }

    /// 9999-12-31T23:59:59.999999Z, the last instant four digits of a year can write.
    package static let last = Instant(microseconds: 253_402_300_799_999_999)

    /// Microseconds of one to nine digits; leaves `index` after them.
    private static func fraction(_ bytes: Span<UInt8>, at index: inout Int) throws(TimeTextError) -> Int64 {
        let start = index
        var value: Int64 = 0
        while index < bytes.count {
            let digit = bytes[index] &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            if index - start < 6 { value = value * 10 + Int64(digit) }
            index += 1
        }
        let digits = index - start
        guard digits > 0 else { throw .malformed }
        guard digits <= 9 else { throw .tooManyFractionDigits }
        for _ in 0..<max(0, 6 - digits) { value *= 10 }
        return value
    }

    /// Microseconds east of Greenwich of the `Z` or `±HH:MM` that ends the text.
    private static func offset(_ bytes: Span<UInt8>, at index: Int) throws(TimeTextError) -> Int64 {
        guard index < bytes.count else { throw .missingOffset }
        if bytes.holds("Z", at: index) {
            guard bytes.count == index + 1 else { throw .malformed }
            return 0
        }
        let isEast = bytes.holds("+", at: index)
        guard isEast || bytes.holds("-", at: index), bytes.count == index + 6 else { throw .malformed }
        let offset = try LocalTime(bytes, at: index + 1)
        let microseconds = Int64(offset.minuteOfDay) * Self.microsecondsPerMinute
        return isEast ? microseconds : -microseconds
    }

    /// Appends `YYYY-MM-DDTHH:MM:SSZ`, with `.ffffff` before the `Z` only when it is not zero; years 0000–9999.
    package func appendISO8601(to bytes: inout [UInt8]) {
        let utc = LocalDateTime(microseconds: microseconds)
        utc.append(to: &bytes)
        let rest = microseconds - minute * Self.microsecondsPerMinute
        bytes.append(UInt8(ascii: ":"))
        bytes.appendDecimal(Int(rest / Self.microsecondsPerSecond), width: 2)
        let fraction = Int(rest % Self.microsecondsPerSecond)
        if fraction != 0 {
            bytes.append(UInt8(ascii: "."))
            bytes.appendDecimal(fraction, width: 6)
        }
        bytes.append(UInt8(ascii: "Z"))
    }
}

extension Instant: CustomStringConvertible {
    /// ISO 8601 in UTC.
    package var description: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(27)
        appendISO8601(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
