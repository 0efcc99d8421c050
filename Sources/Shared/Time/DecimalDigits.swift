extension Span where Element == UInt8 {
    /// The value of `count` ASCII digits from `index` on; nil when one of them is missing or is no digit.
    func decimal(at index: Int, count digits: Int) -> Int? {
        guard index + digits <= count else { return nil }
        var value = 0
        for position in index..<(index + digits) {
            let digit = self[position] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            value = value * 10 + Int(digit)
        }
        return value
    }

    /// True when the byte at `index` exists and is the ASCII character `character`.
    func holds(_ character: Unicode.Scalar, at index: Int) -> Bool {
        index < count && self[index] == UInt8(ascii: character)
    }
}

extension [UInt8] {
    /// Appends `value` in decimal with leading zeros to `width` digits; digits beyond the width are lost.
    ///
    /// Inlined so that the divisors are constants: without it, writing an instant takes half as long again.
    @inline(__always)
    mutating func appendDecimal(_ value: Int, width: Int) {
        var divisor = 1
        for _ in 1..<width { divisor *= 10 }
        var rest = value
        while divisor > 0 {
            append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest / divisor % 10))
            rest %= divisor
            divisor /= 10
        }
    }
}
