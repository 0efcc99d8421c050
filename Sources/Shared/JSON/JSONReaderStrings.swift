/// Strings of a JSON text.
extension JSONReader {
    /// Reads the next value, which is a string.
    package mutating func readText() throws(JSONError) -> JSONText {
        skipSpace()
        try expect(UInt8(ascii: "\""))
        let start = position
        try skipPlainText()
        if try nextByte() == UInt8(ascii: "\"") {
            position += 1
            return JSONText(utf8: bytes[start..<position - 1])
        }
        var resolved = Array(bytes[start..<position])
        while try nextByte() != UInt8(ascii: "\"") {
            try appendEscape(to: &resolved)
            let plain = position
            try skipPlainText()
            resolved.append(contentsOf: bytes[plain..<position])
        }
        position += 1
        return JSONText(utf8: resolved[...])
    }

    /// Moves to the next quotation mark, backslash or end of the bytes, over valid UTF-8 only.
    private mutating func skipPlainText() throws(JSONError) {
        while position < end {
            switch bytes[position] {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): return
            case 0: throw error(.nul)
            case 1..<0x20: throw error(.unexpectedByte)
            case 0x20..<0x80: position += 1
            default: try skipMultibyteScalar()
            }
        }
    }

    /// Well-formed sequences as in table 3-7 of the Unicode standard: no overlong ones, no surrogates, none past U+10FFFF.
    private mutating func skipMultibyteScalar() throws(JSONError) {
        let count: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch bytes[position] {
        case 0xC2...0xDF: count = 2
        case 0xE0: (count, second) = (3, 0xA0...0xBF)
        case 0xED: (count, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: count = 3
        case 0xF0: (count, second) = (4, 0x90...0xBF)
        case 0xF4: (count, second) = (4, 0x80...0x8F)
        case 0xF1...0xF3: count = 4
        default: throw error(.invalidUTF8)
        }
        guard position + count <= end, second.contains(bytes[position + 1]) else { throw error(.invalidUTF8) }
        for index in position + 2..<position + count where bytes[index] & 0xC0 != 0x80 {
            throw error(.invalidUTF8)
        }
        position += count
    }

    /// Reads one escape, from its backslash on.
    private mutating func appendEscape(to text: inout [UInt8]) throws(JSONError) {
        let start = position
        position += 1
        let byte = try nextByte()
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            position += 1
            text.append(contentsOf: String(try readUnicodeEscape(from: start)).utf8)
            return
        default: throw error(.invalidEscape)
        }
        position += 1
    }

    /// Reads the digits after `\u`, and the second escape of a surrogate pair; `start` is where the first one began.
    private mutating func readUnicodeEscape(from start: Int) throws(JSONError) -> Character {
        var code = try readHexadecimal()
        if (0xD800..<0xDC00).contains(code) {
            guard let low = try readLowSurrogate() else { return try standIn("\u{FFFD}", .loneSurrogate, at: start) }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        guard code != 0 else { return try standIn("\u{FFFD}", .nul, at: start) }
        guard let scalar = Unicode.Scalar(code) else { return try standIn("\u{FFFD}", .loneSurrogate, at: start) }
        return Character(scalar)
    }

    /// Reads an escape that completes a surrogate pair; nil, and reads nothing, when what comes is none.
    private mutating func readLowSurrogate() throws(JSONError) -> UInt32? {
        guard position + 1 < end, bytes[position] == UInt8(ascii: "\\"),
            bytes[position + 1] == UInt8(ascii: "u")
        else { return nil }
        let start = position
        position += 2
        let low = try readHexadecimal()
        if (0xDC00..<0xE000).contains(low) { return low }
        position = start
        return nil
    }

    private mutating func readHexadecimal() throws(JSONError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            let byte = try nextByte()
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: throw error(.invalidEscape)
            }
            code = code << 4 | UInt32(digit)
            position += 1
        }
        return code
    }
}
