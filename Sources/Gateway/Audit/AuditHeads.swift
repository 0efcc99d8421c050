import Dispatch
import Glibc
import Logging
import PostgresClient
import ServiceLifecycle
import Shared

/// Tells of the chain's end outside the database: a line `<entries> <hash> <time>` is added to a file whenever the end has
/// moved, so that whoever owns the database cannot take back or rewrite what was there before.
final class AuditHeads: Service {
    private let pool: PostgresPool
    private let path: String
    private let interval: Duration
    private let clock: @Sendable () -> Instant
    private let logger: Logger
    private let descriptor: CInt
    private let queue = DispatchQueue(label: "audit-heads")

    /// - Parameters:
    ///   - path: a file that is only added to; made with its folder when missing.
    ///   - interval: between two looks at the chain's end.
    /// - Throws: when the file cannot be opened.
    init(
        pool: PostgresPool, path: String, interval: Duration, clock: @escaping @Sendable () -> Instant, logger: Logger
    ) throws(SettingsError) {
        self.pool = pool
        self.path = path
        self.interval = interval
        self.clock = clock
        self.logger = logger
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex { mkdir(String(path[..<slash]), 0o700) }
        descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        if descriptor < 0 {
            throw SettingsError(
                description: "CAMET_AUDIT_HEADS_FILE: \(path) cannot be added to: \(String(cString: strerror(errno)))")
        }
    }

    deinit { close(descriptor) }

    func run() async throws {
        var last: ReadAuditHead.Row?
        last = await tell(after: last)
        last = await cancelWhenGracefulShutdown { [start = last] in
            var last = start
            while (try? await ContinuousClock().sleep(for: self.interval)) != nil {
                last = await self.tell(after: last)
            }
            return last
        }
        _ = await tell(after: last)
    }

    /// - Returns: what the file ends with.
    private func tell(after last: ReadAuditHead.Row?) async -> ReadAuditHead.Row? {
        do {
            let head = try await ReadAuditHead.read(
                pool.query(ReadAuditHead.statement(), deadline: .now + .seconds(5)))
            if head == last || head.entries == 0 { return head }
            let line = "\(head.entries) \(Self.hexadecimal(head.hash)) \(clock())\n"
            guard await write(Array(line.utf8)) else { return last }
            return head
        } catch PostgresError.cancelled {
            return last
        } catch {
            logger.warning("the end of the audit log is not known now", metadata: ["error": "\(error)"])
            return last
        }
    }

    /// Waits for the disk, on a thread that may.
    private func write(_ line: [UInt8]) async -> Bool {
        await withCheckedContinuation { continuation in
            queue.async { [descriptor, path, logger] in
                let isWritten = Glibc.write(descriptor, line, line.count) == line.count && fsync(descriptor) == 0
                if !isWritten {
                    logger.error(
                        "the end of the audit log could not be told",
                        metadata: ["path": "\(path)", "error": "\(String(cString: strerror(errno)))"])
                }
                continuation.resume(returning: isWritten)
            }
        }
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
