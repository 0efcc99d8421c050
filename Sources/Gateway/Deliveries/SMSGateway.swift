import AsyncHTTPClient
import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import Shared

/// Sends messages to telephones through an HTTP gateway: `POST {"to": "+54…", "text": "…"}`, where any 2xx means that it
/// was taken.
struct SMSGateway: Sendable, Service {
    private let settings: SMSSettings
    private let client: HTTPClient
    private let logger: Logger

    init(_ settings: SMSSettings, group: any EventLoopGroup, logger: Logger) {
        self.settings = settings
        self.logger = logger
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(Int64(settings.timeoutSeconds)))
        )
        configuration.httpVersion = .http1Only
        client = HTTPClient(eventLoopGroupProvider: .shared(group), configuration: configuration)
    }

    /// Neither number nor text is ever logged.
    ///
    /// - Throws: `smsUnavailable` when the gateway does not take it in time.
    func send(_ text: String, to phone: PhoneNumber) async throws(Fault) {
        var json = JSONWriter()
        json.object { json in
            json.field("to", phone.text)
            json.field("text", text)
        }
        var request = HTTPClientRequest(url: settings.address)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        if let token = settings.token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        request.body = .bytes(ByteBuffer(bytes: json.bytes))
        do {
            let answer = try await client.execute(request, timeout: .seconds(Int64(settings.timeoutSeconds)))
            if (200...299).contains(answer.status.code) { return }
            logger.warning("the SMS gateway refused a message", metadata: ["status": "\(answer.status.code)"])
        } catch let error as HTTPClientError {
            logger.warning("the SMS gateway cannot be reached", metadata: ["reason": "\(error.shortDescription)"])
        } catch {
            logger.warning("the SMS gateway cannot be reached", metadata: ["reason": "\(type(of: error))"])
        }
        throw Fault(code: .smsUnavailable, retryAfterSeconds: 5)
    }

    func run() async throws {
        try await gracefulShutdown()
        try await client.shutdown()
    }
}

/// A telephone number as everybody in the world dials it (E.164).
struct PhoneNumber: Sendable, Equatable {
    let text: String

    /// One as typed, with blanks, hyphens and brackets where people put them; nil for anything else.
    init?(typed: String) {
        guard typed.utf8.count <= 40 else { return nil }
        let digits = typed.utf8.filter { !Array(" -().".utf8).contains($0) }
        guard digits.first == UInt8(ascii: "+"), (8...16).contains(digits.count),
            digits.dropFirst().allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains),
            digits[1] != UInt8(ascii: "0")
        else { return nil }
        text = String(decoding: digits, as: UTF8.self)
    }
}
