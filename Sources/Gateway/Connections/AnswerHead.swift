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
        /// 204 and 304 have no body, and no length of one.
        case none
    }

    let answer: Answer
    let framing: Framing
    let keepsConnection: Bool
    /// HTTP/1.0 clients have to be told when the connection stays.
    let isOldVersion: Bool
    /// Whether the client is spoken to over TLS.
    let isSecure: Bool

    func write(to buffer: inout ByteBuffer, date: HTTPDate) {
        let response = answer.response
        buffer.writeStaticString("HTTP/1.1 ")
        buffer.writeDecimal(Int64(response.status.code))
        buffer.writeStaticString(" ")
        buffer.writeString(response.status.reasonPhrase)
        buffer.writeStaticString("\r\n")
        var namesCaching = false
        for field in response.headers {
            if field.name == .cacheControl { namesCaching = true }
            buffer.writeField(field.name.rawName, field.value)
        }
        switch framing {
        case .length(let length):
            buffer.writeStaticString("Content-Length: ")
            buffer.writeDecimal(Int64(length))
            buffer.writeStaticString("\r\n")
        case .chunks: buffer.writeStaticString("Transfer-Encoding: chunked\r\n")
        case .endOfConnection, .none: break
        }
        if !keepsConnection {
            buffer.writeStaticString("Connection: close\r\n")
        } else if isOldVersion {
            buffer.writeStaticString("Connection: keep-alive\r\n")
        }
        if !namesCaching { buffer.writeStaticString("Cache-Control: private, no-store\r\n") }
        SecurityHeaders.write(to: &buffer, pageNonce: answer.pageNonce, isSecure: isSecure)
        buffer.writeStaticString("Date: ")
        buffer.writeBytes(date.bytes)
        buffer.writeStaticString("\r\nX-Request-Id: ")
        buffer.writeString(answer.requestID)
        buffer.writeStaticString("\r\nX-Process-Time: ")
        buffer.writeThousandths(answer.microseconds)
        buffer.writeStaticString("\r\nServer-Timing: total;dur=")
        buffer.writeThousandths(answer.microseconds)
        buffer.writeStaticString("\r\n\r\n")
    }
}

extension ByteBuffer {
    /// A field of a head. Values come from routes, which take none from outside unchecked; a line end in one would begin
    /// a field of its own, so it is left out.
    fileprivate mutating func writeField(_ name: String, _ value: String) {
        writeString(name)
        writeStaticString(": ")
        if value.utf8.contains(where: { $0 == 0x0D || $0 == 0x0A || $0 == 0 }) {
            writeBytes(value.utf8.filter { $0 != 0x0D && $0 != 0x0A && $0 != 0 })
        } else {
            writeString(value)
        }
        writeStaticString("\r\n")
    }

    fileprivate mutating func writeDecimal(_ number: Int64) {
        var digits: InlineArray<20, UInt8> = .init(repeating: 0)
        var rest = number.magnitude
        var first = digits.count
        repeat {
            first -= 1
            digits[first] = UInt8(rest % 10) + UInt8(ascii: "0")
            rest /= 10
        } while rest > 0
        if number < 0 { writeStaticString("-") }
        for index in first..<digits.count { writeInteger(digits[index]) }
    }

    /// A number of thousandths with three decimals: 1 234 is `1.234`.
    fileprivate mutating func writeThousandths(_ number: Int64) {
        writeDecimal(number / 1_000)
        let rest = UInt8(ascii: "0")
        writeMultipleIntegers(
            UInt8(ascii: "."),
            rest + UInt8(number / 100 % 10),
            rest + UInt8(number / 10 % 10),
            rest + UInt8(number % 10)
        )
    }
}
