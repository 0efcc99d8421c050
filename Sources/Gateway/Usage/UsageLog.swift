import Logging
import NIOCore
import PostgresClient
import ServiceLifecycle
import Shared
import Synchronization

/// Keeps what each client company uses, in `tenant_usage`: gathered in memory and added once a minute and at the end. What
/// was used since is lost with a gateway that is killed.
final class UsageLog: Service {
    /// A company on one day of UTC.
    struct Key: Hashable, Sendable {
        var tenant: TenantID
        /// Days since 1970.
        var day: Int32
    }

    private static let interval: Duration = .seconds(60)
    private static let microsecondsOfDay: Int64 = 86_400_000_000

    private let pool: PostgresPool
    private let workers: WorkerSupervisor
    private let clock: @Sendable () -> Instant
    private let logger: Logger
    private let pending = Mutex<[Key: UsageAmounts]>([:])

    init(pool: PostgresPool, workers: WorkerSupervisor, clock: @escaping @Sendable () -> Instant, logger: Logger) {
        self.pool = pool
        self.workers = workers
        self.clock = clock
        self.logger = logger
    }

    /// Counts the rows that a batch's answer says were stored.
    func countRows(of tenant: TenantID, in answer: ByteBuffer) {
        guard let rows = StoredRows.count(in: answer), rows > 0 else { return }
        add(UsageAmounts(rows: rows), of: tenant)
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while (try? await ContinuousClock().sleep(for: Self.interval)) != nil { await self.write() }
        }
        await write()
    }

    private func add(_ amounts: UsageAmounts, of tenant: TenantID) {
        let day = Int32(clock().microseconds / Self.microsecondsOfDay)
        pending.withLock { $0[Key(tenant: tenant, day: day), default: UsageAmounts()] += amounts }
    }

    private func write() async {
        for (tenant, amounts) in workers.takeUsage() { add(amounts, of: tenant) }
        let taken = pending.withLock { pending in
            defer { pending = [:] }
            return pending
        }
        if taken.isEmpty { return }
        do {
            try await pool.execute(AddTenantUsage.statement(taken), deadline: .now + .seconds(10))
        } catch .outcomeUnknown {
            // Perhaps it was added: what is not told of is better than what is told of twice.
            logger.warning("a minute of the companies' use may not be stored")
        } catch {
            logger.warning("what the companies use could not be stored yet", metadata: ["error": "\(error)"])
            pending.withLock { pending in
                for (key, amounts) in taken { pending[key, default: UsageAmounts()] += amounts }
            }
        }
    }
}
