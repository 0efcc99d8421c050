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
        let deadline = request.deadline
        let keyed = call.idempotencyKey.map { key in
            IdempotentRequest(
                key: key,
                author: request.head.principal.author,
                route: Self.ingestRoute,
                body: body,
                deadline: deadline
            )
        }
        let (outcome, earlier) = try await rowRate.counting(batch.received) {
            try await ingest.store(batch, deadline: deadline) { transaction in
                try await keyed?.claim(transaction).map { [UInt8($0.status >> 8), UInt8($0.status & 255)] + $0.answer }
            } afterwards: { transaction, outcome in
                guard let keyed else { return }
                let answer = Self.answer(to: outcome)
                try await transaction.execute(
                    keyed.keeping(IdempotentRequest.Kept(status: answer.status, answer: answer.bytes)),
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
