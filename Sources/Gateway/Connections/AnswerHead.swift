import HTTPTypes
import NIOCore
import Shared
import Synchronization

/// Writes the head of an answer as HTTP/1.1 has it (RFC 9112), with the fields that every answer carries.
struct AnswerHead {
    /// How the body's end is told.
    enum Framing {
        case length(Int)
        case chunks
        /// A client of HTTP/1.0 reads until the connection ends.
        case endOfConnection
        /// 204 and 304 have no body, and no length of one; after 101 there are messages.
        case none

        /// Of a body that comes part by part.
        init(_ parts: ResponseBodyWriter.Framing) {
            switch parts {
            case .chunks: self = .chunks
            case .endOfConnection: self = .endOfConnection
            case .frames, .messages: self = .none
            }
        }
    }

    let answer: Answer
    let framing: Framing
    let keepsConnection: Bool
    /// HTTP/1.0 clients have to be told when the connection stays.
    let isOldVersion: Bool
    /// Whether the client is spoken to over TLS.
    let isSecure: Bool

    /// Gathered in an array and not in a buffer: a head has some fifty pieces, and a buffer asks anew for each whether it may
    /// be written to.
    func bytes(date: HTTPDate) -> [UInt8] {
        let response = answer.response
        var head: [UInt8] = []
        head.reserveCapacity(1_024)
        head += "HTTP/1.1 ".utf8
        head.append(decimal: Int64(response.status.code))
        head.append(UInt8(ascii: " "))
        head += response.status.reasonPhrase.utf8
        head += "\r\n".utf8
        var namesCaching = false
        for field in response.headers {
            if field.name == .cacheControl { namesCaching = true }
            head.append(field: field.name.rawName, field.value)
        }
        if let rate = answer.rate { rate.append(to: &head) }
        switch framing {
        case .length(let length):
            head += "Content-Length: ".utf8
            head.append(decimal: Int64(length))
            head += "\r\n".utf8
        case .chunks: head += "Transfer-Encoding: chunked\r\n".utf8
        case .endOfConnection, .none: break
        }
        if !keepsConnection {
            head += "Connection: close\r\n".utf8
        } else if isOldVersion {
            head += "Connection: keep-alive\r\n".utf8
        }
        if !namesCaching { head += "Cache-Control: private, no-store\r\n".utf8 }
        SecurityHeaders.append(to: &head, pageNonce: answer.pageNonce, isSecure: isSecure)
        head += "Date: ".utf8
        head += date.bytes
        head += "\r\nX-Request-Id: ".utf8
        head += answer.requestID.utf8
        head += "\r\nX-Process-Time: ".utf8
        head.append(thousandths: answer.microseconds)
        head += "\r\nServer-Timing: total;dur=".utf8
        head.append(thousandths: answer.microseconds)
        head += "\r\n\r\n".utf8
        return head
    }
}

extension [UInt8] {
    /// A field of a head. Values come from routes, which take none from outside unchecked; a line end in one would begin
    /// a field of its own, so it is left out.
    fileprivate mutating func append(field name: String, _ value: String) {
        self += name.utf8
        self += ": ".utf8
        let start = count
        self += value.utf8
        // Looked for in what has been copied, where it is quicker.
        if self[start...].contains(where: { $0 == 0x0D || $0 == 0x0A || $0 == 0 }) {
            replaceSubrange(start..., with: value.utf8.filter { $0 != 0x0D && $0 != 0x0A && $0 != 0 })
        }
        self += "\r\n".utf8
    }

    /// A number of thousandths with three decimals: 1 234 is `1.234`.
    fileprivate mutating func append(thousandths number: Int64) {
        append(decimal: number / 1_000)
        let rest = UInt8(ascii: "0")
        append(UInt8(ascii: "."))
        append(rest + UInt8(number / 100 % 10))
        append(rest + UInt8(number / 10 % 10))
        append(rest + UInt8(number % 10))
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
