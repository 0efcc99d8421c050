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
        challenge == nil && fault.parameters.isEmpty ? plainContent : fullContent
    }

    /// Of nearly every refusal: what is the same each time, with the request's name, which needs no escape. Refusing must stay
    /// cheaper than serving.
    private var plainContent: ByteBuffer {
        let members = texts.members(of: fault.code, in: language)
        var content = ByteBufferAllocator().buffer(capacity: members.count + 192)
        content.writeStaticString("{")
        content.writeBytes(members)
        content.writeStaticString(",\"request_id\":\"")
        content.writeString(requestID)
        if let limit = fault.limit {
            content.writeStaticString("\",\"limit\":\"")
            content.writeString(limit.rawValue)
        }
        content.writeStaticString("\"}")
        return content
    }

    private var fullContent: ByteBuffer {
        var json = JSONWriter()
        json.object { json in
            json.raw(texts.members(of: fault.code, in: language))
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
    /// What the status itself asks for beside the body. None of it is there already, so nothing is looked for.
    func addHeaders(to headers: inout HTTPFields) {
        if let retryAfterSeconds { headers.append(HTTPField(name: .retryAfter, value: String(retryAfterSeconds))) }
        if code == .upgradeRequired { headers.append(HTTPField(name: .upgrade, value: "websocket")) }
        if code.status == .unauthorized { headers.append(HTTPField(name: .wwwAuthenticate, value: "Bearer")) }
    }
}
