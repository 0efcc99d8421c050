import IPC
import NIOCore
import Shared

/// GET /stream: events as server-sent events, ready to be passed on.
extension WorkerRequests {
    /// How often a sign of life is sent when nothing happens.
    static let beat = Duration.seconds(15)

    func followEvents(_ call: FollowLineEvents, _ request: IncomingRequest) -> Answer {
        let log = events
        let stream = EventStream(
            log: log,
            models: models,
            principal: request.head.principal,
            lastEventID: call.lastEventID,
            lines: call.lines,
            plant: call.plant,
            beat: Self.beat
        )
        return .streaming(ReplyHead(content: .eventStream)) { writer in
            try await stream.run(writer)
        }
    }
}

/// One client that follows the events of the lines it may see.
struct EventStream: Sendable {
    let log: EventLog
    let models: PlantModelStore
    let principal: Principal
    let lastEventID: String?
    let lines: LineSelection
    let plant: PlantID?
    let beat: Duration

    private enum Wake: Sendable {
        case events
        case beat
    }

    func run(_ writer: ReplyBodyWriter) async throws {
        let ticks = log.ticks()
        var seen = log.newest
        try await writer.write(ByteBuffer(string: "retry: 1000\n\n"))
        if let lastEventID {
            if let number = number(of: lastEventID), log.events(after: number) != nil {
                seen = number
            } else {
                try await writer.write(resync)
            }
        }
        try await send(after: &seen, writer)
        let wakes = merged(ticks)
        for await wake in wakes {
            switch wake {
            case .events: try await send(after: &seen, writer)
            case .beat: try await writer.write(ByteBuffer(string: ": beat\n\n"))
            }
        }
    }

    /// Ticks and beats in one sequence, which ends with the task that reads it.
    private func merged(_ ticks: AsyncStream<Void>) -> AsyncStream<Wake> {
        let (stream, continuation) = AsyncStream.makeStream(of: Wake.self, bufferingPolicy: .bufferingNewest(2))
        let beat = beat
        let feeder = Task {
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await _ in ticks { continuation.yield(.events) }
                    continuation.finish()
                }
                group.addTask {
                    while (try? await ContinuousClock().sleep(for: beat)) != nil { continuation.yield(.beat) }
                }
            }
        }
        continuation.onTermination = { _ in feeder.cancel() }
        return stream
    }

    private func number(of id: String) -> UInt64? {
        let parts = id.split(separator: "-")
        guard parts.count == 2, parts[0] == "\(log.generation)" else { return nil }
        return UInt64(parts[1])
    }

    private var resync: ByteBuffer {
        ByteBuffer(string: "id: \(log.generation)-\(log.newest)\nevent: resync\ndata: {}\n\n")
    }

    private func send(after seen: inout UInt64, _ writer: ReplyBodyWriter) async throws {
        guard let entries = log.events(after: seen) else {
            seen = log.newest
            return try await writer.write(resync)
        }
        guard !entries.isEmpty else { return }
        var buffer = ByteBuffer()
        for entry in entries {
            seen = entry.number
            guard isVisible(entry.event.line) else { continue }
            write(entry, to: &buffer)
        }
        if buffer.readableBytes > 0 { try await writer.write(buffer) }
    }

    private func isVisible(_ line: LineID?) -> Bool {
        guard let line else { return true }
        switch lines {
        case .all: break
        case .some(let lines): guard lines.contains(line) else { return false }
        case .group(let id):
            guard models.current?.lineGroups.first(where: { $0.id == id })?.lines.contains(line) ?? false else {
                return false
            }
        }
        guard principal.plants != nil || plant != nil else { return true }
        guard let own = models.current?.line(line)?.plant else { return false }
        return (principal.plants?.contains(own) ?? true) && (plant.map { $0 == own } ?? true)
    }

    private func write(_ entry: EventLog.Entry, to buffer: inout ByteBuffer) {
        var json = JSONWriter()
        let name: String
        switch entry.event {
        case .detectionCounts(let line, let minutes):
            name = "detection_counts"
            json.object { json in
                json.field("line_id", line.rawValue)
                json.field("from", Instant(minute: minutes.lowerBound))
                json.field("to", Instant(minute: minutes.upperBound + 1))
            }
        case .lineStatus(let line, let status):
            name = "line_status"
            json.object { json in
                json.field("line_id", line.rawValue)
                json.field("status", status)
            }
        case .downtimeStarted(let line, let start):
            name = "downtime_started"
            json.object { json in
                json.field("line_id", line.rawValue)
                json.field("start", start)
            }
        case .downtimeEnded(let line, let start, let end):
            name = "downtime_ended"
            json.object { json in
                json.field("line_id", line.rawValue)
                json.field("start", start)
                json.field("end", end)
            }
        case .masterDataChanged:
            name = "master_data"
            json.object { _ in }
        }
        buffer.writeString("id: \(log.generation)-\(entry.number)\nevent: \(name)\ndata: ")
        buffer.writeBytes(json.bytes)
        buffer.writeString("\n\n")
    }
}
