/// Text that is written as bytes, piece by piece, for every request. `+= text.utf8` would ask for one byte after another.
extension [UInt8] {
    mutating func append(literal text: StaticString) {
        text.withUTF8Buffer { append(contentsOf: $0) }
    }

    mutating func append(text: String) {
        var text = text
        text.withUTF8 { append(contentsOf: $0) }
    }

    mutating func append(decimal number: Int64) {
        if number < 0 { append(UInt8(ascii: "-")) }
        var power: UInt64 = 1
        while number.magnitude / power >= 10 { power *= 10 }
        while power > 0 {
            append(UInt8(ascii: "0") + UInt8(number.magnitude / power % 10))
            power /= 10
        }
    }
}
