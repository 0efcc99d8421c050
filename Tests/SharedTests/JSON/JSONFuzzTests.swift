import Foundation
import Shared
import Testing

/// Random texts and random damage, from a seed that a failure prints.
@Suite struct JSONFuzzTests {
    @Test(arguments: [UInt64.random(in: .min ... .max), 1, 2_026])
    func writtenTreesReadBackEqual(_ seed: UInt64) throws {
        var random = SeededNumbers(seed: seed)
        for round in 0..<100 {
            let value = random.value(depth: 0)
            var writer = JSONWriter()
            writer.value(value)
            let bytes = writer.bytes
            #expect(try JSONReader.value(of: bytes) == value, "seed \(seed) round \(round)")
            #expect(
                Self.foundationAccepts(bytes), "seed \(seed) round \(round): \(String(decoding: bytes, as: UTF8.self))")
        }
    }

    @Test(arguments: [UInt64.random(in: .min ... .max), 7, 2_026])
    func damagedTextsAreJudgedAsFoundationDoes(_ seed: UInt64) throws {
        var random = SeededNumbers(seed: seed)
        var acceptedCount = 0
        var rejectedCount = 0
        for round in 0..<2_000 {
            let bytes = random.damage(Self.texts[random.below(Self.texts.count)])
            do throws(JSONError) {
                let value = try JSONReader.value(of: bytes)
                acceptedCount += 1
                var writer = JSONWriter()
                writer.value(value)
                let readBack = try? JSONReader.value(of: writer.bytes)
                if readBack != value || !Self.foundationAccepts(bytes) {
                    Issue.record(
                        "seed \(seed) round \(round) accepted: \(String(decoding: bytes, as: UTF8.self)) \(bytes)")
                }
            } catch {
                rejectedCount += 1
                #expect((0...bytes.count).contains(error.offset), "seed \(seed) round \(round)")
                if Self.isStricterThanFoundation(error, bytes) || Self.mayBeAnotherEncoding(bytes) { continue }
                if Self.foundationAccepts(bytes) {
                    Issue.record(
                        "seed \(seed) round \(round) rejected: \(String(decoding: bytes, as: UTF8.self)) \(bytes)")
                }
            }
        }
        #expect(acceptedCount > 100 && rejectedCount > 100, "seed \(seed): \(acceptedCount) \(rejectedCount)")
    }

    @Test(arguments: [UInt64.random(in: .min ... .max), 11])
    func numbersAreTheNearestOnes(_ seed: UInt64) throws {
        var random = SeededNumbers(seed: seed)
        for _ in 0..<2_000 {
            let digits = String(random.next() >> UInt64(random.below(60)))
            let fraction = String(random.next() >> UInt64(random.below(60)))
            let exponent = random.below(60) - 30
            let text = "\(digits).\(fraction)e\(exponent)"
            guard case .number(let number) = try JSONReader.value(of: Array(text.utf8)) else {
                Issue.record("seed \(seed): \(text) is no number")
                continue
            }
            #expect(number == Double(text), "seed \(seed): \(text)")
        }
    }

    private static let texts: [[UInt8]] = [
        #"{"shift_name":"Mañana","days":[1,2,3,4,5],"start_time":"06:00","breaks":[{"name":"\u00e9","n":null}]}"#,
        #"[0,-1,1.5,1e3,-2.5E-7,123456789012345678901234567890,true,false,null,"",[],{}]"#,
        #"{"a":{"b":{"c":[[["x\n\t\"\\\/\ud83c\udfed"]]]}},"漢":"🏭 <&>"}"#,
        #" { "detections" : [ { "line" : "L1" , "detected_at" : "2026-03-04T06:00:00Z" } , { } ] } "#,
    ].map { Array($0.utf8) }

    private static func foundationAccepts(_ bytes: [UInt8]) -> Bool {
        (try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)) != nil
    }

    private static func isStricterThanFoundation(_ error: JSONError, _ bytes: [UInt8]) -> Bool {
        switch error.reason {
        case .duplicateKey, .nul, .tooDeep, .loneSurrogate, .numberOutOfRange: true
        case .unexpectedByte: isAfterLastComma(error.offset, bytes)
        case .unexpectedEnd, .invalidUTF8, .invalidEscape, .invalidNumber, .trailingBytes: false
        }
    }

    /// Foundation allows a comma before the end of an array or object.
    private static func isAfterLastComma(_ offset: Int, _ bytes: [UInt8]) -> Bool {
        let before = bytes[..<offset].last { !" \t\r\n".utf8.contains($0) }
        return "]}".utf8.contains(bytes[offset]) && before == UInt8(ascii: ",")
    }

    /// Foundation also reads UTF-16, UTF-32 and byte order marks.
    private static func mayBeAnotherEncoding(_ bytes: [UInt8]) -> Bool {
        bytes.prefix(4).contains { $0 == 0 || $0 >= 0xEF }
    }
}

/// SplitMix64: the same numbers for the same seed, everywhere.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }

    mutating func text() -> String {
        let scalars: [Unicode.Scalar] = [
            "a", "Z", "\"", "\\", "/", "<", ">", "&", "\n", "\r", "\t", "\u{1}", "\u{1F}", "\u{7F}", "\u{E9}",
            "\u{301}",
            "\u{2028}", "\u{2029}", "\u{2027}", "\u{FFFF}", "\u{FEFF}", "\u{1F3ED}", "\u{10FFFF}",
        ]
        var text = ""
        for _ in 0..<below(8) { text.unicodeScalars.append(scalars[below(scalars.count)]) }
        return text
    }

    mutating func value(depth: Int) -> JSONValue {
        switch below(depth > 5 ? 5 : 7) {
        case 0: return .null
        case 1: return .bool(below(2) == 0)
        case 2: return .integer(Int64(bitPattern: next()) >> Int64(below(64)))
        case 3:
            let number = Double(bitPattern: next())
            return .number(number.isFinite ? number : 0.5)
        case 4: return .string(text())
        case 5: return .array((0..<below(5)).map { _ in value(depth: depth + 1) })
        default:
            return .object((0..<below(5)).map { JSONMember(key: text() + String($0), value: value(depth: depth + 1)) })
        }
    }

    /// One to three bytes changed, removed, added or copied from elsewhere, or the end cut off.
    mutating func damage(_ text: [UInt8]) -> [UInt8] {
        let likely =
            Array(#"{}[]",:\/0123456789eE+-.tfnu "#.utf8) + [0, 9, 10, 0x1F, 0x7F, 0x80, 0xC3, 0xE2, 0xED, 0xF0, 0xFF]
        var bytes = text
        for _ in 0...below(3) where !bytes.isEmpty {
            let index = below(bytes.count)
            switch below(6) {
            case 0: bytes[index] = likely[below(likely.count)]
            case 1: bytes[index] = UInt8(truncatingIfNeeded: next())
            case 2: bytes.remove(at: index)
            case 3: bytes.insert(likely[below(likely.count)], at: index)
            case 4: bytes.insert(contentsOf: bytes[index..<min(bytes.count, index + below(12))], at: below(bytes.count))
            default: if below(4) == 0 { bytes.removeSubrange(index...) }
            }
        }
        return bytes
    }
}
