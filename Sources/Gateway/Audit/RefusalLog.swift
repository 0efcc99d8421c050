import NIOCore
import ServiceLifecycle
import Shared
import Synchronization

/// Brings refusals into the audit log, a bounded number of them; whoever is refused never waits for it.
final class RefusalLog: Service {
    private let writer: AuditWriter
    private let clock: @Sendable () -> Int64
    private let counts = Mutex(RefusalCounts())

    /// - Parameter clock: microseconds of a clock that never goes back.
    init(writer: AuditWriter, clock: @escaping @Sendable () -> Int64) {
        self.writer = writer
        self.clock = clock
    }

    func note(_ refusal: Refusal) {
        let now = clock()
        if let record = counts.withLock({ $0.note(refusal, now: now) }) { writer.note(record) }
    }

    /// A sign-in that was refused.
    ///
    /// - Parameter user: whose name was given; nil for one that nobody has.
    func noteSignIn(of user: UserID?, reason: String, from address: ClientAddress) {
        note(
            Refusal(
                tenant: nil,
                actor: AuditRecord.anonymous,
                action: "session.refused",
                object: user.map { "user:\($0)" },
                reason: reason,
                caller: InsertAuditEntry.Caller(address: address, requestID: nil)
            ))
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while (try? await ContinuousClock().sleep(for: .seconds(1))) != nil {
                self.writeDue(now: self.clock())
            }
        }
        writeDue(now: .max)
    }

    private func writeDue(now: Int64) {
        for record in counts.withLock({ $0.takeDue(now: now) }) { writer.note(record) }
    }
}
