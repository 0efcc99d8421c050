import Glibc
import IPC
import Logging
import NIOCore
import NIOPosix
import PostgresClient
import Shared
import Systemd
import WorkerProcess

/// A worker put together: one tenant's pool, model, timelines, ingest, events and jobs behind its socket.
struct WorkerApplication {
    let process: WorkerProcess
    /// Nil: whoever started the worker does not want to be told of its state.
    let manager: ServiceManager?
    let logger: Logger

    /// Serves until it is told to end, then finishes the requests in flight.
    func run() async throws {
        let record = process.record
        let settings = ConnectionSettings(
            address: record.database,
            applicationName: "camet-worker \(record.slug)"
        )
        let pool = try PostgresPool(
            settings,
            limits: PoolLimits(
                connections: Int(record.limits.databaseConnections),
                idleTime: .seconds(Int(record.limits.databaseIdleSeconds)),
                slowAfter: .milliseconds(Int(record.limits.slowStatementMilliseconds))
            ),
            logger: logger
        )
        let zones = TimeZoneDatabase()
        let requests = WorkerRequests(
            pool: pool,
            models: PlantModelStore(pool: pool, zones: zones),
            timelines: TimelineStore(pool: pool),
            stops: StopStore(pool: pool),
            watches: CameraWatches(pool: pool),
            ingest: DetectionIngest(pool: pool),
            rowRate: RowRate(
                rowsPerMinute: Int(record.limits.ingestRowsPerMinute),
                now: { Int64(NIODeadline.now().uptimeNanoseconds / 1_000) }
            ),
            longQuestions: LongQuestions(atOnce: 4),
            longExplanations: LongQuestions(atOnce: 2),
            events: EventLog(generation: record.generation),
            tenantZone: try zones.rules(named: record.timeZone),
            clock: { Instant.now },
            logger: logger
        )
        let group = MultiThreadedEventLoopGroup.singleton
        let server = try await RequestServer.start(
            descriptor: WorkerProcess.listener,
            settings: RequestServerSettings(
                tenant: record.tenant,
                hello: Hello(
                    oldestVersion: ProtocolVersion.oldest,
                    newestVersion: ProtocolVersion.newest,
                    nonce: record.nonce,
                    generation: record.generation,
                    processID: getpid()
                ),
                gatewayUserID: record.gatewayUserID,
                gatewayProcessID: process.gatewayProcessID,
                // Streams have places of their own, so that they leave room for requests however many they are.
                maximumRequests: Int(record.limits.concurrentRequests) + Int(record.limits.openStreams),
                maximumBodyLength: 8 << 20,
                logger: logger
            ),
            responder: requests,
            counter: RequestCounter(),
            group: group
        )
        manager?.ready()
        let (hints, othersWrote) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        await withTaskGroup(of: Void.self) { jobs in
            jobs.addTask { await WatchLines(requests: requests).run() }
            jobs.addTask {
                await FollowDatabase(settings: settings, requests: requests, othersWrote: othersWrote).run()
            }
            jobs.addTask { await MoveRowsToMonths(pool: pool, logger: logger).run(hints) }
            if let manager {
                jobs.addTask {
                    await manager.watch { for loop in group.makeIterator() { try? await loop.submit {}.get() } }
                }
            }
            await process.toldToEnd()
            manager?.stopping()
            requests.events.endFollowers()
            jobs.cancelAll()
        }
        await server.drain(grace: .seconds(8))
        await pool.close()
    }
}

extension Instant {
    /// This moment by the system's clock.
    static var now: Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }
}
