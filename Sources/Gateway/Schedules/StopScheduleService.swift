import IPC
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Shared
import Synchronization

/// Asks the worker of each tenant to calculate its stops when the schedule says so.
struct StopScheduleService: Service {
    /// Calculations of different tenants at the same time, at most.
    static let mostAtOnce = 2
    /// How long one may take.
    static let longestRun: TimeAmount = .minutes(5)
    /// Between two looks at which tenants there are, microseconds.
    static let look: Int64 = 30_000_000

    /// The schedule under its lock, for the tasks of one run.
    private final class Turns: Sendable {
        let schedule: Mutex<StopSchedule>

        init(_ schedule: StopSchedule) {
            self.schedule = Mutex(schedule)
        }
    }

    let workers: WorkerSupervisor
    /// The tenants that are served now.
    let tenants: @Sendable () async throws -> [TenantID]
    /// Microseconds between two calculations of a tenant.
    let interval: Int64
    /// Microseconds of a clock that never goes back.
    let clock: @Sendable () -> Int64
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await follow()
        }
    }

    private func follow() async {
        let turns = Turns(StopSchedule(interval: interval, mostAtOnce: Self.mostAtOnce))
        var random = SystemRandomNumberGenerator()
        var lookAt = clock()
        await withDiscardingTaskGroup { tasks in
            while !Task.isCancelled {
                if lookAt <= clock() {
                    lookAt = clock() + min(Self.look, interval)
                    await look(turns, &random)
                }
                for due in turns.schedule.withLock({ $0.takeDue(now: clock(), using: &random) }) {
                    tasks.addTask {
                        let succeeded = await calculate(due)
                        turns.schedule.withLock { $0.finished(due, succeeded: succeeded) }
                    }
                }
                let next = min(lookAt, turns.schedule.withLock { $0.nextDue } ?? lookAt)
                // A place that becomes free is noticed within a second.
                let pause = max(50_000, min(next - clock(), 1_000_000))
                guard (try? await ContinuousClock().sleep(for: .microseconds(pause))) != nil else { break }
            }
            tasks.cancelAll()
        }
    }

    private func look(_ turns: Turns, _ random: inout SystemRandomNumberGenerator) async {
        do {
            let known = try await tenants()
            turns.schedule.withLock { $0.hear(of: known, now: clock(), using: &random) }
        } catch {
            logger.warning("the tenants are not known now", metadata: ["error": "\(error)"])
        }
    }

    /// Whether it was done.
    private func calculate(_ due: StopSchedule.Due) async -> Bool {
        let requestID = RequestID.random()
        do {
            let reply = try await workers.call(
                CalculateStops(includesUpkeep: due.includesUpkeep),
                principal: Principal(kind: .system, tenant: due.tenant),
                requestID: requestID,
                deadline: .now() + Self.longestRun,
                on: MultiThreadedEventLoopGroup.singleton.any()
            )
            return reply.head.status == 200
        } catch {
            logger.warning(
                "stops could not be calculated",
                metadata: [
                    "tenant_id": "\(due.tenant)", "request_id": "\(requestID)", "code": "\(error.code.rawValue)",
                ])
            return false
        }
    }
}
