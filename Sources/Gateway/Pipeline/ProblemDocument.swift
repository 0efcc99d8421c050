import HTTPTypes
import NIOCore
import Shared

/// A fault as HTTP tells it: `application/problem+json` (RFC 9457).
struct ProblemDocument {
    let fault: Fault
    let requestID: String
    let language: LanguageCode
    let texts: FaultTexts
    /// What to go on with, of `otpRequired`.
    var challenge: SignIn.Challenge?

    static let mediaType = "application/problem+json"

    var response: Response {
        var headers: HTTPFields = [.contentType: Self.mediaType]
        fault.addHeaders(to: &headers)
        return Response(status: fault.code.status, headers: headers, body: .init(byteBuffer: content))
    }

    var content: ByteBuffer {
        var json = JSONWriter()
        let text = texts.text(of: fault.code, in: language)
        json.object { json in
            json.field("type", "about:blank")
            json.field("title", text.title)
            json.field("status", Int64(fault.code.status.code))
            json.field("code", fault.code.rawValue)
            json.field("detail", text.detail)
            json.field("request_id", requestID)
            if let limit = fault.limit { json.field("limit", limit.rawValue) }
            if let challenge {
                json.field("otp_ticket", challenge.ticket)
                json.key("methods")
                json.array { json in
                    for method in challenge.methods { json.value(method.rawValue) }
                }
            }
            if !fault.parameters.isEmpty {
                json.key("errors")
                json.array { json in
                    for parameter in fault.parameters {
                        json.object { json in
                            json.field("param", parameter.parameter)
                            json.field("code", parameter.code.rawValue)
                            json.field("message", texts.message(of: parameter, in: language))
                        }
                    }
                }
            }
        }
        return ByteBuffer(bytes: json.bytes)
    }
}

extension Fault {
    /// What the status itself asks for beside the body.
    func addHeaders(to headers: inout HTTPFields) {
        if let retryAfterSeconds { headers[.retryAfter] = String(retryAfterSeconds) }
        if code.status == .unauthorized { headers[.wwwAuthenticate] = "Bearer" }
    }
}
