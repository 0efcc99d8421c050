import Shared
import Testing

@Suite struct JSONReaderTests {
    struct Accepted: Sendable {
        let text: String
        let value: JSONValue
    }

    static let accepted: [Accepted] = [
        Accepted(text: "null", value: .null),
        Accepted(text: " \t\r\n true \n", value: .bool(true)),
        Accepted(text: "false", value: .bool(false)),
        Accepted(text: "0", value: .integer(0)),
        Accepted(text: "-0", value: .integer(0)),
        Accepted(text: "-1", value: .integer(-1)),
        Accepted(text: "9223372036854775807", value: .integer(.max)),
        Accepted(text: "-9223372036854775808", value: .integer(.min)),
        Accepted(text: "9223372036854775808", value: .number(9_223_372_036_854_775_808)),
        Accepted(text: "-9223372036854775809", value: .number(-9_223_372_036_854_775_808)),
        Accepted(text: "100000000000000000000000", value: .number(1e23)),
        Accepted(text: "1.0", value: .number(1)),
        Accepted(text: "0.1", value: .number(0.1)),
        Accepted(text: "-12.5e-1", value: .number(-1.25)),
        Accepted(text: "1e2", value: .number(100)),
        Accepted(text: "1E+2", value: .number(100)),
        Accepted(text: "1e-400", value: .number(0)),
        Accepted(text: "0e999999999999999999999", value: .number(0)),
        Accepted(text: "1.7976931348623157e308", value: .number(.greatestFiniteMagnitude)),
        Accepted(text: "5e-324", value: .number(.leastNonzeroMagnitude)),
        Accepted(text: "9007199254740993.0", value: .number(9_007_199_254_740_992)),
        Accepted(text: "123456789012345678901234567890e-29", value: .number(1.2345678901234568)),
        Accepted(text: #""""#, value: .string("")),
        Accepted(text: #""Año 漢 🏭 \u007f""#, value: .string("Año 漢 🏭 \u{7F}")),
        Accepted(text: #""\"\\\/\b\f\n\r\t""#, value: .string("\"\\/\u{8}\u{C}\n\r\t")),
        Accepted(text: #""a\u00e9\uD83C\uDFEDb""#, value: .string("aé🏭b")),
        Accepted(text: #""\uFFFF\ufeff""#, value: .string("\u{FFFF}\u{FEFF}")),
        Accepted(text: "[]", value: .array([])),
        Accepted(text: "[ 1 , [ ] , {} ]", value: .array([.integer(1), .array([]), .object([])])),
        Accepted(
            text: #"{"b":1,"a":{"b":[null]},"":"x"}"#,
            value: .object([
                JSONMember(key: "b", value: .integer(1)),
                JSONMember(key: "a", value: .object([JSONMember(key: "b", value: .array([.null]))])),
                JSONMember(key: "", value: .string("x")),
            ])
        ),
    ]

    @Test(arguments: accepted) func acceptsAndKeepsWhatIsWritten(_ example: Accepted) throws {
        #expect(try JSONReader.value(of: Array(example.text.utf8)) == example.value)
        var reader = JSONReader(Array(example.text.utf8))
        try reader.skipValue()
        try reader.finish()
    }

    struct Rejected: Sendable {
        let bytes: [UInt8]
        let reason: JSONError.Reason
        let offset: Int

        init(_ text: String, _ reason: JSONError.Reason, at offset: Int) {
            self.init(bytes: Array(text.utf8), reason, at: offset)
        }

        init(bytes: [UInt8], _ reason: JSONError.Reason, at offset: Int) {
            self.bytes = bytes
            self.reason = reason
            self.offset = offset
        }
    }

    static let rejected: [Rejected] = [
        Rejected("", .unexpectedEnd, at: 0),
        Rejected("  ", .unexpectedEnd, at: 2),
        Rejected("\u{FEFF}1", .unexpectedByte, at: 0),
        Rejected("\u{A0}1", .unexpectedByte, at: 0),
        Rejected("\u{C}1", .unexpectedByte, at: 0),
        Rejected("nul", .unexpectedEnd, at: 3),
        Rejected("nulL", .unexpectedByte, at: 3),
        Rejected("True", .unexpectedByte, at: 0),
        Rejected("tru e", .unexpectedByte, at: 3),
        Rejected("NaN", .unexpectedByte, at: 0),
        Rejected("Infinity", .unexpectedByte, at: 0),
        Rejected("-Infinity", .invalidNumber, at: 1),
        Rejected("+1", .unexpectedByte, at: 0),
        Rejected("-", .unexpectedEnd, at: 1),
        Rejected("01", .invalidNumber, at: 0),
        Rejected("-01", .invalidNumber, at: 0),
        Rejected("00", .invalidNumber, at: 0),
        Rejected(".5", .unexpectedByte, at: 0),
        Rejected("1.", .unexpectedEnd, at: 2),
        Rejected("[1.]", .invalidNumber, at: 3),
        Rejected("[1.e2]", .invalidNumber, at: 3),
        Rejected("[1e]", .invalidNumber, at: 3),
        Rejected("[1e+]", .invalidNumber, at: 4),
        Rejected("0x10", .trailingBytes, at: 1),
        Rejected("1_000", .trailingBytes, at: 1),
        Rejected("[1e309]", .numberOutOfRange, at: 1),
        Rejected("[-1e999999999999999999999]", .numberOutOfRange, at: 1),
        Rejected("1 2", .trailingBytes, at: 2),
        Rejected("{}}", .trailingBytes, at: 2),
        Rejected("[]// no", .trailingBytes, at: 2),
        Rejected("[/* no */]", .unexpectedByte, at: 1),
        Rejected("'a'", .unexpectedByte, at: 0),
        Rejected("[", .unexpectedEnd, at: 1),
        Rejected("[1", .unexpectedEnd, at: 2),
        Rejected("[1,]", .unexpectedByte, at: 3),
        Rejected("[,1]", .unexpectedByte, at: 1),
        Rejected("[1,,2]", .unexpectedByte, at: 3),
        Rejected("[1 2]", .unexpectedByte, at: 3),
        Rejected("[1}", .unexpectedByte, at: 2),
        Rejected("{", .unexpectedEnd, at: 1),
        Rejected("{]", .unexpectedByte, at: 1),
        Rejected(#"{"a"}"#, .unexpectedByte, at: 4),
        Rejected(#"{"a":}"#, .unexpectedByte, at: 5),
        Rejected(#"{"a":1,}"#, .unexpectedByte, at: 7),
        Rejected(#"{,"a":1}"#, .unexpectedByte, at: 1),
        Rejected(#"{"a" 1}"#, .unexpectedByte, at: 5),
        Rejected(#"{a:1}"#, .unexpectedByte, at: 1),
        Rejected(#"{1:1}"#, .unexpectedByte, at: 1),
        Rejected(#"{"a":1 "b":2}"#, .unexpectedByte, at: 7),
        Rejected(#"{"a":1,"b":2,"a":3}"#, .duplicateKey("a"), at: 13),
        Rejected(#"{"a":1,"\u0061":3}"#, .duplicateKey("a"), at: 7),
        Rejected(#"[{"x":{"b":1,"b":1}}]"#, .duplicateKey("b"), at: 13),
        Rejected("\"", .unexpectedEnd, at: 1),
        Rejected("\"a", .unexpectedEnd, at: 2),
        Rejected("\"a\\", .unexpectedEnd, at: 3),
        Rejected("\"\\u12", .unexpectedEnd, at: 5),
        Rejected("\"a\nb\"", .unexpectedByte, at: 2),
        Rejected("\"a\tb\"", .unexpectedByte, at: 2),
        Rejected("\"\u{1F}\"", .unexpectedByte, at: 1),
        Rejected("\"a\0\"", .nul, at: 2),
        Rejected(#""a\u0000""#, .nul, at: 2),
        Rejected(#""\a""#, .invalidEscape, at: 2),
        Rejected(#""\U0041""#, .invalidEscape, at: 2),
        Rejected(#""\u00g0""#, .invalidEscape, at: 5),
        Rejected(#""x\ud800""#, .loneSurrogate, at: 2),
        Rejected(#""\udc00""#, .loneSurrogate, at: 1),
        Rejected(#""\ud800\ud800""#, .loneSurrogate, at: 1),
        Rejected(#""\ud800A""#, .loneSurrogate, at: 1),
        Rejected(#""\ud800\n""#, .loneSurrogate, at: 1),
    ]

    @Test(arguments: rejected) func rejectsWithReasonAndOffset(_ example: Rejected) {
        let expected = JSONError(reason: example.reason, offset: example.offset)
        #expect(throws: expected) { try JSONReader.value(of: example.bytes) }
        #expect(throws: expected) { try Self.skip(example.bytes) }
    }

    static let illFormed: [[UInt8]] = [
        [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xC3, 0x28], [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF],
        [0xE2, 0x82], [0xE2, 0x28, 0xA1], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80],
        [0xF0, 0x8F, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80],
        [0xFE], [0xFF], [0xF0, 0x9F, 0x8F],
    ]

    static let wellFormed: [[UInt8]] = [
        [0xC2, 0x80], [0xDF, 0xBF], [0xE0, 0xA0, 0x80], [0xED, 0x9F, 0xBF], [0xEE, 0x80, 0x80], [0xEF, 0xBF, 0xBF],
        [0xF0, 0x90, 0x80, 0x80], [0xF4, 0x8F, 0xBF, 0xBF],
    ]

    @Test(arguments: illFormed) func rejectsIllFormedUTF8(_ sequence: [UInt8]) {
        let quote = [UInt8(ascii: "\"")]
        let expected = JSONError(reason: .invalidUTF8, offset: 2)
        #expect(throws: expected) { try JSONReader.value(of: quote + [0x61] + sequence + quote) }
        #expect(throws: expected) { try JSONReader.value(of: quote + [0x61] + sequence) }
        #expect(throws: JSONError.self) {
            try JSONReader.value(of: [0x7B] + quote + sequence + quote + [0x3A, 0x31, 0x7D])
        }
    }

    @Test(arguments: wellFormed) func acceptsWellFormedUTF8(_ sequence: [UInt8]) throws {
        let quote = [UInt8(ascii: "\"")]
        let text = String(decoding: sequence, as: UTF8.self)
        #expect(try JSONReader.value(of: quote + sequence + quote) == .string(text))
        #expect(throws: JSONError.self) { try JSONReader.value(of: quote + sequence.dropLast() + quote) }
    }

    @Test(arguments: ["[", #"{"a":"#]) func countsDepth(_ opening: String) throws {
        let closing = opening == "[" ? "]" : "}"
        func nested(_ depth: Int) -> [UInt8] {
            let inner = opening == "[" ? "" : "1"
            return Array(
                (String(repeating: opening, count: depth) + inner + String(repeating: closing, count: depth)).utf8)
        }
        _ = try JSONReader.value(of: nested(JSONReader.maximumDepth))
        #expect(throws: JSONError(reason: .tooDeep, offset: opening.utf8.count * JSONReader.maximumDepth)) {
            try JSONReader.value(of: nested(JSONReader.maximumDepth + 1))
        }
        #expect(throws: JSONError.self) { try Self.skip(Array(String(repeating: opening, count: 100_000).utf8)) }
    }

    @Test func findsARepeatedKeyAmongMany() throws {
        let keys = (0..<5_000).map { "\"k\($0)\":0" }
        let text = "{" + keys.joined(separator: ",")
        guard case .object(let members) = try JSONReader.value(of: Array((text + "}").utf8)) else {
            Issue.record("not an object")
            return
        }
        #expect(members.count == 5_000)
        for repeated in ["k0", "k15", "k16", "k17", "k4999"] {
            let error = #expect(throws: JSONError.self) {
                try JSONReader.value(of: Array((text + ",\"\(repeated)\":1}").utf8))
            }
            #expect(error?.reason == .duplicateKey(repeated))
        }
    }

    @Test func keysThatOnlyLookAlikeDiffer() throws {
        // Precomposed and decomposed é are one Character but two keys.
        let text = "{\"\u{E9}\":1,\"e\u{301}\":2}"
        guard case .object(let members) = try JSONReader.value(of: Array(text.utf8)) else {
            Issue.record("not an object")
            return
        }
        #expect(members.count == 2)
    }

    @Test func readsRowsWithoutATree() throws {
        let text =
            #"{"detections": [{"line":"L1","skipped":[{"a":[1,2]},"\u00e9"],"n":3,"at":"\u0041b"}, {}], "more": 1.5}"#
        var reader = JSONReader(Array(text.utf8))
        var seen: [String] = []
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "detections":
                try reader.beginArray()
                while try reader.nextElement() {
                    seen.append("row")
                    try reader.beginObject()
                    while let field = try reader.nextKey() {
                        switch field {
                        case "line", "at": seen.append(try reader.readText().string)
                        case "n": seen.append("\(try reader.readNumber())")
                        default: try reader.skipValue()
                        }
                    }
                }
            default:
                #expect(try reader.peek() == .number)
                #expect(try reader.readNumber() == .number(1.5))
                seen.append(key.string)
            }
        }
        try reader.finish()
        #expect(seen == ["row", "L1", "integer(3)", "Ab", "row", "more"])
    }

    @Test func anotherKindThanAskedForIsAnError() {
        #expect(throws: JSONError(reason: .unexpectedByte, offset: 0)) {
            var reader = JSONReader(Array("1".utf8))
            _ = try reader.readText()
        }
        #expect(throws: JSONError(reason: .unexpectedByte, offset: 1)) {
            var reader = JSONReader(Array(" \"1\"".utf8))
            _ = try reader.readNumber()
        }
        #expect(throws: JSONError(reason: .unexpectedByte, offset: 0)) {
            var reader = JSONReader(Array("[]".utf8))
            try reader.beginObject()
        }
    }

    @Test(arguments: [
        ("[1e309, 2]", JSONValue.array([.number(.greatestFiniteMagnitude), .integer(2)])),
        ("[-1e999]", .array([.number(-.greatestFiniteMagnitude)])),
        (#"["a\u0000b", 1]"#, .array([.string("a\u{FFFD}b"), .integer(1)])),
        (#"["\ud800"]"#, .array([.string("\u{FFFD}")])),
        (#"["\ud800\u0041\n"]"#, .array([.string("\u{FFFD}A\n")])),
        (#"{"\udc00": {}}"#, .object([JSONMember(key: "\u{FFFD}", value: .object([]))])),
    ])
    func whatNothingCanHoldIsCountedWhereThatIsAskedFor(_ text: String, _ expected: JSONValue) throws {
        var reader = JSONReader(Array(text.utf8))
        reader.unholdable = .isCounted
        #expect(try reader.readValue() == expected)
        try reader.finish()
        #expect(reader.unholdableCount == 1)
        #expect(throws: JSONError.self) { try JSONReader.value(of: Array(text.utf8)) }
    }

    @Test(arguments: ["[1e3, \"a\"]", #"["\ud83c\udfed"]"#]) func whatCanBeHeldIsNotCounted(_ text: String) throws {
        var reader = JSONReader(Array(text.utf8))
        reader.unholdable = .isCounted
        #expect(try reader.readValue() == JSONReader.value(of: Array(text.utf8)))
        #expect(reader.unholdableCount == 0)
    }

    @Test(arguments: ["[1e]", "[01]", "[\"\0\"]", #"["\u00"]"#, "[", #"{"a":1,"a":2}"#, "[1] 2"])
    func whatIsNotJSONEndsTheReadingAllTheSame(_ text: String) throws {
        #expect(throws: JSONError.self) {
            var reader = JSONReader(Array(text.utf8))
            reader.unholdable = .isCounted
            try reader.skipValue()
            try reader.finish()
        }
    }

    private static func skip(_ bytes: [UInt8]) throws(JSONError) {
        var reader = JSONReader(bytes)
        try reader.skipValue()
        try reader.finish()
    }
}
