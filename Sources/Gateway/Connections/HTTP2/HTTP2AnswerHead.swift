import HTTPTypes
import NIOHPACK
import Shared

/// Writes the head of an answer as HTTP/2 has it (RFC 9113 §8.3.2), with the fields that every answer carries.
struct HTTP2AnswerHead {
    let answer: Answer
    /// Nil when it is not known, or the answer has no body.
    let length: Int?
    /// Whether the client is spoken to over TLS.
    let isSecure: Bool

    /// Fields that differ with every answer are kept out of the table that later heads refer to, and secrets out of every
    /// table on their way.
    func fields(date: HTTPDate) -> HPACKHeaders {
        let response = answer.response
        var fields = HPACKHeaders()
        fields.reserveCapacity(response.headers.count + 16)
        fields.add(name: ":status", value: String(response.status.code))
        var namesCaching = false
        for field in response.headers {
            if field.name == .cacheControl { namesCaching = true }
            // Of a connection of HTTP/1.1 (RFC 9113 §8.2.2).
            if field.name == .upgrade || field.name == .connection { continue }
            fields.add(
                name: field.name.canonicalName, value: Self.withoutLineEnds(field.value),
                indexing: field.name == .setCookie ? .neverIndexed : .indexable)
        }
        if let rate = answer.rate {
            fields.add(name: HTTPField.Name.rateLimitPolicy.canonicalName, value: rate.policy)
            fields.add(name: HTTPField.Name.rateLimit.canonicalName, value: rate.state, indexing: .nonIndexable)
        }
        if let length { fields.add(name: "content-length", value: String(length), indexing: .nonIndexable) }
        if !namesCaching { fields.add(name: "cache-control", value: "private, no-store") }
        SecurityHeaders.forEach(pageNonce: answer.pageNonce, isSecure: isSecure) { name, value in
            fields.add(name: name, value: value)
        }
        let milliseconds = Self.thousandths(answer.microseconds)
        fields.add(name: "date", value: String(decoding: date.bytes, as: UTF8.self))
        fields.add(name: "x-request-id", value: answer.requestID, indexing: .nonIndexable)
        fields.add(name: "x-process-time", value: milliseconds, indexing: .nonIndexable)
        fields.add(name: "server-timing", value: "total;dur=\(milliseconds)", indexing: .nonIndexable)
        return fields
    }

    /// Values come from routes, which take none from outside unchecked; a line end in one is left out.
    private static func withoutLineEnds(_ value: String) -> String {
        func isLeftOut(_ byte: UInt8) -> Bool { byte == 0x0D || byte == 0x0A || byte == 0 }
        guard value.utf8.contains(where: isLeftOut) else { return value }
        return String(decoding: value.utf8.filter { !isLeftOut($0) }, as: UTF8.self)
    }

    /// With three decimals: 1 234 is `1.234`.
    private static func thousandths(_ number: Int64) -> String {
        let rest = String(number % 1_000)
        return "\(number / 1_000).\(String(repeating: "0", count: max(0, 3 - rest.count)))\(rest)"
    }
}
