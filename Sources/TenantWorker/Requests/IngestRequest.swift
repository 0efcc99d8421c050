import IPC
import NIOCore
import PostgresClient
import Shared

/// POST /detections.
extension WorkerRequests {
    private static let ingestRoute = "POST /api/v1/detections"
    /// Rejected rows that are told in full.
    private static let rejectionsTold = 100

    func ingestDetections(_ call: IngestDetections, _ request: IncomingRequest) async throws -> Answer {
        let model = try await models.model(deadline: request.deadline)
        let body = Array(buffer: request.body)
        let directory = DetectionDirectory(model: model, principal: request.head.principal)
        let batch = try DetectionParser(directory: directory, now: clock()).parse(body)
        let principal = request.head.principal.author.text
        let deadline = request.deadline
        let (outcome, earlier) = try await rowRate.counting(batch.received) {
            try await ingest.store(batch, deadline: deadline) { transaction in
                guard let key = call.idempotencyKey else { return nil }
                return try await claim(key, principal, body, transaction, deadline)
            } afterwards: { transaction, outcome in
                guard let key = call.idempotencyKey else { return }
                let answer = Self.answer(to: outcome)
                try await transaction.execute(
                    StoreIdempotentAnswer.statement(
                        key: key,
                        principal: principal,
                        route: Self.ingestRoute,
                        status: Int16(answer.status),
                        answer: answer.bytes
                    ),
                    deadline: deadline
                )
            }
        }
        if let earlier {
            let status = UInt16(earlier[0]) << 8 | UInt16(earlier[1])
            return .whole(ReplyHead(status: status), ByteBuffer(bytes: earlier[2...]))
        }
        for (line, minutes) in outcome.touched {
            timelines.invalidate(line, from: minutes.lowerBound)
            events.publish(.detectionCounts(line: line, minutes: minutes))
        }
        let answer = Self.answer(to: outcome)
        return .whole(ReplyHead(status: answer.status), ByteBuffer(bytes: answer.bytes))
    }

    /// The status and body of an earlier answer under this key; nil when it is new, and now this transaction's.
    private func claim(
        _ key: String,
        _ principal: String,
        _ body: [UInt8],
        _ transaction: borrowing PostgresTransaction,
        _ deadline: ContinuousClock.Instant
    ) async throws -> [UInt8]? {
        let claimed = try await transaction.query(
            ClaimIdempotencyKey.statement(key: key, principal: principal, route: Self.ingestRoute, body: body),
            deadline: deadline
        )
        if !claimed.isEmpty { return nil }
        let rows = try await transaction.query(
            ReadIdempotencyKey.statement(key: key, principal: principal, route: Self.ingestRoute, body: body),
            deadline: deadline
        )
        guard let row = rows.first, try row.value(0), let status = try row.optional(1, as: Int.self) else {
            throw Fault(code: .idempotencyConflict)
        }
        let answer = try row.value(2, as: PostgresBytes.self).bytes
        return [UInt8(status >> 8), UInt8(status & 255)] + answer
    }

    private static func answer(to outcome: DetectionIngest.Outcome) -> (status: UInt16, bytes: [UInt8]) {
        var json = JSONWriter()
        json.object { json in
            json.field("received", outcome.received)
            json.field("stored", outcome.stored)
            json.field("duplicates", outcome.duplicates)
            json.field("rejected_count", outcome.rejections.count)
            json.key("rejected")
            json.array { json in
                for rejection in outcome.rejections.prefix(rejectionsTold) {
                    json.object { json in
                        json.field("index", rejection.index)
                        json.field("code", rejection.code.rawValue)
                        json.field("field", rejection.field)
                    }
                }
            }
        }
        let isNothing = outcome.stored == 0 && outcome.duplicates == 0
        return (isNothing ? 422 : 200, json.bytes)
    }
}
