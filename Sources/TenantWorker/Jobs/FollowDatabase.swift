import Logging
import PostgresClient
import Shared

/// Hears of what other programs write into the tenant's database, and forgets what is in memory of it.
struct FollowDatabase {
    let settings: ConnectionSettings
    let requests: WorkerRequests
    /// Told whenever another program may have written detections.
    let othersWrote: AsyncStream<Void>.Continuation

    /// Runs until its task is cancelled.
    func run() async {
        let stream: AsyncStream<NotificationEvent>
        do {
            let channels = [try Identifier("detections"), try Identifier("master_data")]
            stream = try NotificationListener.events(settings, channels: channels, logger: requests.logger)
        } catch {
            requests.logger.critical("cannot listen to the database", metadata: ["error": "\(error)"])
            return
        }
        for await event in stream {
            switch event {
            case .listening, .missed:
                requests.models.invalidate()
                requests.timelines.invalidateAll()
                requests.stops.invalidateAll()
                requests.watches.invalidateAll()
                othersWrote.yield()
            case .lost:
                // What is written meanwhile is read anew when listening begins again.
                break
            case .notification("master_data", _):
                requests.noteChangedMasterData()
            case .notification(_, let payload):
                await hear(payload)
            }
        }
    }

    /// `<line>:<first minute>:<last minute>:<version>`.
    private func hear(_ payload: String) async {
        othersWrote.yield()
        let numbers = payload.split(separator: ":").compactMap { Int64($0) }
        guard numbers.count == 4, numbers[1] <= numbers[2] else {
            requests.timelines.invalidateAll()
            return
        }
        let line = LineID(numbers[0])
        requests.timelines.invalidate(line, from: numbers[1])
        requests.events.publish(.detectionCounts(line: line, minutes: numbers[1]...numbers[2]))
        guard requests.models.current?.line(line)?.heartbeatTimeoutSeconds != nil else { return }
        do {
            try await requests.watches.note(line, at: requests.clock(), deadline: .now + .seconds(5))
        } catch {
            requests.logger.warning("a sign of life could not be noted", metadata: ["error": "\(error)"])
        }
    }
}
