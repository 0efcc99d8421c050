import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL
import Shared

/// The public HTTP API of a running server, asked with an API key.
struct PublicAPI: Sendable {
    /// As in `http://127.0.0.1:8080`, without a slash at its end.
    let url: String
    let key: String
    let client: HTTPClient

    /// Hands an API to `body` and closes its connections afterwards.
    ///
    /// - Parameter authority: the file of an authority that is believed beside those of the system; nil where there is none.
    static func with<Answer>(
        url: String, key: String, authority: String?, _ body: (PublicAPI) async throws -> Answer
    ) async throws -> Answer {
        var configuration = HTTPClient.Configuration.singletonConfiguration
        // Its own retries wait ever longer; a server that is back is to be noticed at once, and one that is gone named.
        configuration.connectionPool.retryConnectionEstablishment = false
        if let authority {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.additionalTrustRoots = [.file(authority)]
            configuration.tlsConfiguration = tls
        }
        let client = HTTPClient(configuration: configuration)
        do {
            let answer = try await body(PublicAPI(url: url, key: key, client: client))
            try await client.shutdown()
            return answer
        } catch {
            try? await client.shutdown()
            throw error
        }
    }

    /// What a batch came to.
    struct Receipt: Decodable, Sendable {
        struct Rejection: Decodable, Sendable {
            /// Of the row in its batch, from 0.
            let index: Int
            let code: String
            let field: String
            let message: String
        }

        let received: Int
        let stored: Int
        let duplicates: Int
        let rejected: [Rejection]
        let rejectedCount: Int
    }

    /// What a batch would come to.
    struct Trial: Decodable, Sendable {
        struct Figures: Decodable, Sendable {
            let totalProduction: Int
            let downtimeSeconds: Double
            let stops: Int
            let availability: Double?
            let performance: Double?
            let quality: Double?
            let oee: Double?
        }

        struct Day: Decodable, Sendable {
            let date: String
            let rows: Int
            let before: Figures
            let after: Figures
        }

        struct Line: Decodable, Sendable {
            let lineId: Int64
            let lineCode: String
            let days: [Day]
        }

        let stored: Int
        let duplicates: Int
        let rejected: [Receipt.Rejection]
        let rejectedCount: Int
        let lines: [Line]
    }

    /// The answer to a request that the server took but did not do.
    enum Refusal: Error {
        /// Ask again after so many seconds: 429, 503, or no server at all.
        case later(seconds: Double, why: String)
        /// Asking again would not help.
        case never(String)

        /// Any other error is one of the connection.
        init(_ error: any Error) {
            self = error as? Refusal ?? .later(seconds: 1, why: "no answer (\(error))")
        }
    }

    private struct Page<Item: Decodable>: Decodable {
        let items: [Item]
        let nextCursor: String?
    }

    private struct Problem: Decodable {
        struct Fault: Decodable {
            let param: String
            let code: String
            let message: String
        }

        let code: String?
        let detail: String?
        let errors: [Fault]?
    }

    /// The body of a request.
    private struct Content {
        let type: String
        let bytes: [UInt8]
        var idempotencyKey: String?
    }

    /// A batch is at most this many detections.
    static let batchLimit = 5_000

    private static let answerLimit = 16 << 20

    /// All items of a list of master data.
    func list<Item: Decodable>(_ resource: String) async throws -> [Item] {
        var items: [Item] = []
        var cursor: String?
        repeat {
            let query = cursor.map { "&cursor=\($0)" } ?? ""
            let path = "/api/v1/\(resource)?limit=1000\(query)"
            let page: Page<Item> = try decode(try await patiently { try await ask(.GET, path) }, path)
            items += page.items
            cursor = page.nextCursor
        } while cursor != nil
        return items
    }

    /// One object.
    func read<Answer: Decodable>(_ path: String) async throws -> Answer {
        try decode(try await patiently { try await ask(.GET, path) }, path)
    }

    /// Sends a batch once; throws a `Refusal`, or what the connection threw.
    func send(_ batch: some Sequence<SimulatedDetection>) async throws -> Receipt {
        var json = JSONWriter(reservingCapacity: 1 << 19)
        json.object { json in
            json.key("detections")
            json.array { json in
                for detection in batch {
                    json.object { json in
                        json.field("line_id", detection.line)
                        json.field("area_id", detection.area)
                        json.field("product_id", detection.product)
                        json.field("detected_at", detection.at)
                        json.field("event_id", detection.eventID)
                    }
                }
            }
        }
        let body = Content(type: "application/json", bytes: json.bytes)
        return try decode(try await ask(.POST, "/api/v1/detections", body: body), "POST /api/v1/detections")
    }

    /// Sends rows of CSV once; throws a `Refusal`, or what the connection threw.
    ///
    /// - Parameter key: under which the server gives a repetition the first answer.
    func send(csv: [UInt8], idempotencyKey key: String) async throws -> Receipt {
        let path = "/api/v1/detections?rejected_limit=\(RejectedLimit.most)"
        let answer = try await exchange(
            .POST, path, body: Content(type: "text/csv", bytes: csv, idempotencyKey: key))
        // Of a batch of which nothing could be stored it is told as well why.
        if answer.status == 422, let receipt: Receipt = try? decode(answer.bytes, path) { return receipt }
        return try decode(try accepted(answer, .POST, path), path)
    }

    /// Asks once what rows of CSV would come to; throws a `Refusal`, or what the connection threw.
    func attempt(csv: [UInt8], days: ClosedRange<LocalDate>) async throws -> Trial {
        let path =
            "/api/v1/detections?dry_run=true&from=\(days.lowerBound)&to=\(days.upperBound)"
            + "&rejected_limit=\(RejectedLimit.most)"
        return try decode(try await ask(.POST, path, body: Content(type: "text/csv", bytes: csv)), path)
    }

    /// Sends an object once; throws a `Refusal`, or what the connection threw.
    ///
    /// - Returns: the answer, or why the object was refused.
    func post<Answer: Decodable>(
        _ path: String, json: [UInt8], idempotencyKey key: String
    ) async throws -> Result<Answer, RowRejection> {
        let answer = try await exchange(
            .POST, path, body: Content(type: "application/json", bytes: json, idempotencyKey: key))
        if [404, 409, 422].contains(answer.status),
            let problem = try? JSONDecoder().decode(Problem.self, from: answer.bytes), let code = problem.code
        {
            let fault = problem.errors?.first
            return .failure(
                RowRejection(
                    code: fault?.code ?? code, field: fault?.param ?? "stop",
                    message: fault?.message ?? problem.detail ?? code))
        }
        return .success(try decode(try accepted(answer, .POST, path), path))
    }

    /// Does something until the server has time for it; at most five minutes.
    func patiently<Answer: Sendable>(_ body: () async throws -> Answer) async throws -> Answer {
        let end = ContinuousClock.now + .seconds(300)
        while true {
            do {
                return try await body()
            } catch {
                try Task.checkCancellation()
                switch Refusal(error) {
                case .never(let why): throw OpsFailure(why)
                case .later(let seconds, let why):
                    guard ContinuousClock.now < end else { throw OpsFailure("\(url): \(why)") }
                    try await ContinuousClock().sleep(for: .seconds(seconds))
                }
            }
        }
    }

    private func ask(_ method: HTTPMethod, _ path: String, body: Content? = nil) async throws -> Data {
        try accepted(try await exchange(method, path, body: body), method, path)
    }

    /// What was answered, unless the server had no time for it.
    private func exchange(
        _ method: HTTPMethod, _ path: String, body: Content?
    ) async throws -> (status: UInt, bytes: Data) {
        var request = HTTPClientRequest(url: url + path)
        request.method = method
        request.headers.add(name: "X-API-Key", value: key)
        request.headers.add(name: "Accept", value: "application/json")
        request.headers.add(name: "Accept-Language", value: "en")
        if let body {
            request.headers.add(name: "Content-Type", value: body.type)
            if let key = body.idempotencyKey { request.headers.add(name: "Idempotency-Key", value: key) }
            request.body = .bytes(body.bytes)
        }
        let response = try await client.execute(request, timeout: .seconds(30))
        let answer = Data((try await response.body.collect(upTo: Self.answerLimit)).readableBytesView)
        switch response.status.code {
        case 408, 429, 500...:
            let seconds = response.headers.first(name: "Retry-After").flatMap(Double.init) ?? 1
            throw Refusal.later(
                seconds: min(60, max(0.1, seconds)), why: "the server is busy (\(response.status.code))")
        default: return (response.status.code, answer)
        }
    }

    /// The answer to what was done.
    private func accepted(
        _ answer: (status: UInt, bytes: Data), _ method: HTTPMethod, _ path: String
    ) throws(Refusal) -> Data {
        guard !(200..<300).contains(answer.status) else { return answer.bytes }
        let problem = try? JSONDecoder().decode(Problem.self, from: answer.bytes)
        let faults = (problem?.errors ?? []).map { "\($0.param): \($0.message)" }
        let words = ([problem?.code, problem?.detail].compactMap(\.self) + faults).joined(separator: ", ")
        throw .never("\(method) \(url)\(path): \(answer.status) \(words)")
    }

    private func decode<Answer: Decodable>(_ data: Data, _ path: String) throws -> Answer {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do {
            return try decoder.decode(Answer.self, from: data)
        } catch {
            throw Refusal.never("\(url)\(path): an answer that cannot be read: \(error)")
        }
    }
}
