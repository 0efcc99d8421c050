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
        head.append(literal: "HTTP/1.1 ")
        head.append(decimal: Int64(response.status.code))
        head.append(UInt8(ascii: " "))
        head.append(text: response.status.reasonPhrase)
        head.append(literal: "\r\n")
        var namesCaching = false
        for field in response.headers {
            if field.name == .cacheControl { namesCaching = true }
            head.append(field: field.name.rawName, field.value)
        }
        if let rate = answer.rate { rate.append(to: &head) }
        switch framing {
        case .length(let length):
            head.append(literal: "Content-Length: ")
            head.append(decimal: Int64(length))
            head.append(literal: "\r\n")
        case .chunks: head.append(literal: "Transfer-Encoding: chunked\r\n")
        case .endOfConnection, .none: break
        }
        if !keepsConnection {
            head.append(literal: "Connection: close\r\n")
        } else if isOldVersion {
            head.append(literal: "Connection: keep-alive\r\n")
        }
        if !namesCaching { head.append(literal: "Cache-Control: private, no-store\r\n") }
        SecurityHeaders.append(to: &head, pageNonce: answer.pageNonce, isSecure: isSecure)
        head.append(literal: "Date: ")
        head += date.bytes
        head.append(literal: "\r\nX-Request-Id: ")
        head.append(text: answer.requestID)
        head.append(literal: "\r\nX-Process-Time: ")
        head.append(thousandths: answer.microseconds)
        head.append(literal: "\r\nServer-Timing: total;dur=")
        head.append(thousandths: answer.microseconds)
        head.append(literal: "\r\n\r\n")
        return head
    }
}

extension [UInt8] {
    /// A field of a head. Values come from routes, which take none from outside unchecked; a line end in one would begin
    /// a field of its own, so it is left out.
    fileprivate mutating func append(field name: String, _ value: String) {
        append(text: name)
        append(literal: ": ")
        let start = count
        append(text: value)
        // Looked for in what has been copied, where it is quicker.
        if self[start...].contains(where: { $0 == 0x0D || $0 == 0x0A || $0 == 0 }) {
            replaceSubrange(start..., with: value.utf8.filter { $0 != 0x0D && $0 != 0x0A && $0 != 0 })
        }
        append(literal: "\r\n")
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
}
