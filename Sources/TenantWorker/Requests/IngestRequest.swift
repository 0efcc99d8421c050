import Crypto
import IPC
import NIOCore
import PostgresClient
import Shared

/// POST /detections.
extension WorkerRequests {
    private static let ingestRoute = "POST /api/v1/detections"

    func ingestDetections(_ call: IngestDetections, _ request: IncomingRequest) async throws -> Answer {
        let model = try await models.model(deadline: request.deadline)
        var rows = rows(of: model, request, told: call.rejectedLimit)
        let body = Array(buffer: request.body)
        try DetectionParser.parse(body, into: &rows)
        var spool = DetectionSpool()
        try await spool.append(rows.batch)
        if let trial = call.trial {
            return try await self.trial(
                trial, spool, received: rows.received, rejected: rows.rejected, model, deadline: request.deadline)
        }
        return try await store(
            spool, model, parsed: DetectionIngest.Outcome(received: rows.received, rejected: rows.rejected),
            keyed: call.idempotencyKey.map { key in
                keyed(key, request, digest: SHA256.hash(data: body), deadline: request.deadline)
            }, deadline: request.deadline)
    }

    /// The same of a body with a row a line, read as it comes. Nothing is stored before its end.
    func ingestDetectionStream(_ call: IngestDetectionStream, _ request: IncomingRequest) async throws -> Answer {
        guard let parts = request.parts else { throw Fault(code: .internal) }
        // The request's own deadline counts from the end of the body.
        let model = try await models.model(deadline: .now + .seconds(5))
        let rows = rows(of: model, request, told: call.rejectedLimit)
        var stream =
            switch call.format {
            case .ndjson: DetectionStream(parser: NDJSONDetections(), rows: rows)
            case .csv: DetectionStream(parser: CSVDetections(), rows: rows)
            }
        var spool = DetectionSpool()
        var digest = SHA256()
        for try await part in parts {
            if call.idempotencyKey != nil { part.withUnsafeReadableBytes { digest.update(bufferPointer: $0) } }
            try await spool.append(stream.read(part))
        }
        try Task.checkCancellation()
        try await spool.append(stream.finish())
        let deadline = ContinuousClock.Instant.now + .milliseconds(Int(request.head.remainingMilliseconds))
        if let trial = call.trial {
            return try await self.trial(
                trial, spool, received: stream.received, rejected: stream.rejected, model, deadline: deadline)
        }
        return try await store(
            spool, model, parsed: DetectionIngest.Outcome(received: stream.received, rejected: stream.rejected),
            keyed: call.idempotencyKey.map { key in
                keyed(key, request, digest: digest.finalize(), deadline: deadline)
            }, deadline: deadline)
    }

    /// Nothing is stored, but as many rows a minute are judged as could be.
    private func trial(
        _ trial: DetectionTrial, _ spool: DetectionSpool, received: Int, rejected: RejectedRows, _ model: PlantModel,
        deadline: ContinuousClock.Instant
    ) async throws -> Answer {
        guard received <= DetectionTrial.mostRows else {
            throw Fault.invalid("dry_run", .tooMany, limit: String(DetectionTrial.mostRows))
        }
        let questions = LineQuestions(
            model: model, pool: pool, timelines: timelines, stops: stops, watches: watches, now: clock(),
            deadline: deadline)
        return try await rowRate.counting(received) {
            try await answer(toTrial: trial, spool, received: received, rejected: rejected, questions)
        }
    }

    private func rows(of model: PlantModel, _ request: IncomingRequest, told: UInt16) -> DetectionRows {
        DetectionRows(
            directory: DetectionDirectory(model: model, principal: request.head.principal), now: clock(), told: told)
    }

    private func keyed(
        _ key: String, _ request: IncomingRequest, digest: SHA256.Digest, deadline: ContinuousClock.Instant
    ) -> IdempotentRequest {
        IdempotentRequest(
            key: key, author: request.head.principal.author, route: Self.ingestRoute, bodyHash: Array(digest),
            deadline: deadline)
    }

    private func store(
        _ spool: DetectionSpool,
        _ model: PlantModel,
        parsed: DetectionIngest.Outcome,
        keyed: IdempotentRequest?,
        deadline: ContinuousClock.Instant
    ) async throws -> Answer {
        let (outcome, earlier) = try await rowRate.counting(parsed.received) {
            try await ingest.store(spool, parsed: parsed, deadline: deadline) { transaction in
                try await keyed?.claim(transaction).map { [UInt8($0.status >> 8), UInt8($0.status & 255)] + $0.answer }
            } afterwards: { transaction, outcome in
                for line in outcome.touched.keys.sorted() where model.line(line)?.heartbeatTimeoutSeconds != nil {
                    try await transaction.execute(NoteSignOfLife.statement(line, at: clock()), deadline: deadline)
                }
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
            watches.invalidate(line)
            events.publish(.detectionCounts(line: line, minutes: minutes))
        }
        let answer = Self.answer(to: outcome)
        return .whole(ReplyHead(status: answer.status), ByteBuffer(bytes: answer.bytes))
    }

    private static func answer(to outcome: DetectionIngest.Outcome) -> (status: UInt16, bytes: [UInt8]) {
        var json = JSONWriter()
        json.object { write(outcome, to: &$0) }
        let isNothing = outcome.stored == 0 && outcome.duplicates == 0
        return (isNothing ? 422 : 200, json.bytes)
    }

    /// Writes what became of the rows into the object that is open.
    static func write(_ outcome: DetectionIngest.Outcome, to json: inout JSONWriter) {
        json.field("received", outcome.received)
        json.field("stored", outcome.stored)
        json.field("duplicates", outcome.duplicates)
        json.field("rejected_count", outcome.rejected.count)
        json.key("rejected")
        json.array { json in
            for row in outcome.rejected.first {
                json.object { json in
                    json.field("index", row.index)
                    json.field("code", row.code.rawValue)
                    json.field("field", row.field)
                }
            }
        }
    }
}
