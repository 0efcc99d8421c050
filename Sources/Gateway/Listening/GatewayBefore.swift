import Foundation
import Glibc
import Logging
import ServiceLifecycle
import Synchronization

/// The gateway whose place this one has taken, until its process has ended: it answers what it has accepted, and gives its
/// tenants up one by one.
final class GatewayBefore: Service {
    /// Between two looks at whether it has ended.
    private static let look = Duration.milliseconds(20)

    private let process: Int32
    private let longestEnd: Duration
    private let isAwaited: Bool
    private let claim: RunFolderClaim
    private let logger: Logger
    private let isOver = Atomic(false)

    /// - Parameters:
    ///   - process: its number.
    ///   - longestEnd: it hangs when it has not ended by then.
    ///   - isAwaited: whether this gateway does not end before it has: it would be killed with it.
    ///   - claim: it has the folder until it has ended.
    init(process: Int32, longestEnd: Duration, isAwaited: Bool, claim: RunFolderClaim, logger: Logger) {
        self.process = process
        self.longestEnd = longestEnd
        self.isAwaited = isAwaited
        self.claim = claim
        self.logger = logger
    }

    var hasEnded: Bool { isOver.load(ordering: .acquiring) }

    /// Whether a process may be one of its workers, which are its children. False when it has ended: they end with it.
    func mayHaveStarted(_ processID: Int32) -> Bool {
        guard !hasEnded else { return false }
        guard let parent = Self.parent(of: processID) else { return true }
        return parent == process
    }

    /// Nil when the system does not tell.
    private static func parent(of processID: Int32) -> Int32? {
        guard let text = try? String(contentsOfFile: "/proc/\(processID)/stat", encoding: .utf8),
            // The name of the program is in brackets, and may have some itself; behind it are the state and the parent.
            let end = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        return fields.count > 1 ? Int32(fields[1]) : nil
    }

    func run() async throws {
        if isAwaited {
            try await waitForEnd()
        } else {
            try await cancelWhenGracefulShutdown { try await self.waitForEnd() }
        }
        try await gracefulShutdown()
    }

    /// Kills it when it takes too long. Ends early when the task is cancelled.
    func waitForEnd() async throws {
        let latest = ContinuousClock.now + longestEnd
        var isKilled = false
        while try !claim.takeIfFree() {
            if !isKilled, latest <= .now {
                logger.error("the gateway before does not end and is killed", metadata: ["pid": "\(process)"])
                // It has the claim until it has ended, so the number is still its own.
                kill(process, SIGKILL)
                isKilled = true
            }
            // Nothing tells when a process that is no child has ended.
            guard (try? await Task.sleep(for: Self.look)) != nil else { return }
        }
        isOver.store(true, ordering: .releasing)
        logger.notice("the gateway before has ended", metadata: ["pid": "\(process)"])
    }
}

extension GatewaySettings {
    /// How long what is under way for a tenant may keep it from moving to the next gateway.
    var longestMove: Duration { .seconds(requestDeadlineSeconds + 5) }

    /// How long the gateway before may take to end: besides it has the second for last requests, the 9 s of a worker's end,
    /// and what it writes at its own.
    var longestEnd: Duration { longestMove + .seconds(9 + 10) }

    /// How long a request without a deadline waits for its tenant: a gateway that hangs has been killed by then.
    var longestWaitForMove: Duration { longestEnd + .seconds(5) }
}
