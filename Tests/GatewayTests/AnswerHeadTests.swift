import HTTPTypes
import Shared
import Testing

@testable import Gateway

/// The heads of answers, byte for byte.
@Suite struct AnswerHeadTests {
    private static let standing = """
        X-Content-Type-Options: nosniff
        X-Frame-Options: DENY
        Referrer-Policy: same-origin
        Cross-Origin-Opener-Policy: same-origin
        Cross-Origin-Resource-Policy: same-origin
        Permissions-Policy: camera=(), microphone=(), geolocation=()
        """

    private static func head(
        _ answer: Answer, _ framing: AnswerHead.Framing, keepsConnection: Bool = true, isOldVersion: Bool = false,
        isSecure: Bool = false
    ) -> String {
        let head = AnswerHead(
            answer: answer, framing: framing, keepsConnection: keepsConnection, isOldVersion: isOldVersion,
            isSecure: isSecure)
        return String(decoding: head.bytes(date: HTTPDate(second: 0)), as: UTF8.self)
    }

    private static func lines(_ text: String) -> String {
        text.split(separator: "\n").map { $0 + "\r\n" }.joined() + "\r\n"
    }

    @Test func aRefusalTellsItsLimits() {
        var rate = RateLimitFields(
            RateLimitFields.quota(.principal, of: 600, window: 60),
            .init(name: .principal, left: 0, recovery: 60_000_000))
        rate.add(
            RateLimitFields(
                RateLimitFields.quota(.ingestInFlight, of: 64, window: nil, unit: "concurrent-requests"),
                .init(name: .ingestInFlight, left: 63, recovery: nil)))
        let answer = Answer(
            response: Response(status: .tooManyRequests, headers: [.contentType: "application/problem+json"]),
            requestID: "r1", microseconds: 1_204, pageNonce: nil, closesConnection: false, rate: rate)
        #expect(
            Self.head(answer, .length(180))
                == Self.lines(
                    """
                    HTTP/1.1 429 Too Many Requests
                    Content-Type: application/problem+json
                    RateLimit-Policy: "\(LimitName.principal.rawValue)";q=600;w=60, \
                    "\(LimitName.ingestInFlight.rawValue)";q=64;qu="concurrent-requests"
                    RateLimit: "\(LimitName.principal.rawValue)";r=0;t=60, "\(LimitName.ingestInFlight.rawValue)";r=63
                    Content-Length: 180
                    Cache-Control: private, no-store
                    \(Self.standing)
                    Content-Security-Policy: default-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'
                    Date: Thu, 01 Jan 1970 00:00:00 GMT
                    X-Request-Id: r1
                    X-Process-Time: 1.204
                    Server-Timing: total;dur=1.204
                    """))
    }

    @Test func aPageOverTLSNamesItsNonce() {
        let answer = Answer(
            response: Response(status: .ok, headers: [.cacheControl: "no-cache", .contentType: "text/html"]),
            requestID: "r2", microseconds: 7, pageNonce: "n0nce", closesConnection: false)
        #expect(
            Self.head(answer, .chunks, keepsConnection: false, isSecure: true)
                == Self.lines(
                    """
                    HTTP/1.1 200 OK
                    Cache-Control: no-cache
                    Content-Type: text/html
                    Transfer-Encoding: chunked
                    Connection: close
                    \(Self.standing)
                    Strict-Transport-Security: max-age=31536000
                    Content-Security-Policy: default-src 'none'; script-src 'self' 'nonce-n0nce'; style-src 'self'; \
                    img-src 'self'; font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; \
                    base-uri 'none'; frame-ancestors 'none'
                    Date: Thu, 01 Jan 1970 00:00:00 GMT
                    X-Request-Id: r2
                    X-Process-Time: 0.007
                    Server-Timing: total;dur=0.007
                    """))
    }

    @Test func anOldClientIsToldThatTheConnectionStays() {
        let answer = Answer(
            response: Response(status: .noContent), requestID: "r3", microseconds: 0, pageNonce: nil,
            closesConnection: false)
        let head = Self.head(answer, .none, isOldVersion: true)
        #expect(head.contains("\r\nConnection: keep-alive\r\n") && !head.contains("Content-Length"))
        #expect(!Self.head(answer, .none).contains("Connection:"))
    }

    @Test func noValueBeginsAFieldOfItsOwn() {
        func lines(location: String) -> [Substring] {
            let answer = Answer(
                response: Response(status: .seeOther, headers: [.location: location]), requestID: "r4", microseconds: 0,
                pageNonce: nil, closesConnection: false)
            return Self.head(answer, .length(0)).split(separator: "\r\n")
        }
        let broken = lines(location: "/a\r\nSet-Cookie: b\u{0}")
        #expect(broken.contains { $0.hasPrefix("Location: /a") && $0.contains("Set-Cookie") })
        #expect(!broken.contains { $0.hasPrefix("Set-Cookie") || $0.contains("\u{0}") })
        #expect(lines(location: "/a?b=é").contains("Location: /a?b=é"))
    }

    @Test(
        arguments: [
            (0, "0"), (9, "9"), (10, "10"), (1_000, "1000"), (-1, "-1"), (.max, "9223372036854775807"),
            (.min, "-9223372036854775808"),
        ] as [(Int64, String)])
    func numbersAreWrittenWhole(_ number: Int64, _ text: String) {
        var bytes: [UInt8] = []
        bytes.append(decimal: number)
        #expect(String(decoding: bytes, as: UTF8.self) == text)
    }
}
