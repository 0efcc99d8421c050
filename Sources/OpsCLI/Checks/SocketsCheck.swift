import Foundation

/// Whether sockets have short enough names, and a gateway answers on its own.
struct SocketsCheck {
    /// Bytes of a socket's path, at most.
    private static let longestPath = 100
    /// What a worker's socket adds to the folder: the number of a company.
    private static let longestName = "/w/2147483647.sock"

    let settings: OpsSettings

    func results() -> [CheckResult] {
        [path(), gateway()]
    }

    private func path() -> CheckResult {
        let length = settings.runPath.utf8.count + Self.longestName.utf8.count
        return length <= Self.longestPath
            ? CheckResult("socket paths", .ok, "\(length) of \(Self.longestPath) bytes")
            : CheckResult(
                "socket paths", .failed,
                "\(settings.runPath) is too long by \(length - Self.longestPath) bytes: CAMET_RUN names a shorter folder"
            )
    }

    private func gateway() -> CheckResult {
        do {
            let items = try GatewayWorkers(settings).list()
            let running = items.filter { $0.pid != nil }.count
            let pausing = items.filter { $0.state == "backing_off" }.map(\.tenant)
            guard pausing.isEmpty else {
                return CheckResult(
                    "gateway", .warning, "workers that fail again and again: \(pausing.joined(separator: ", "))")
            }
            return CheckResult("gateway", .ok, "answers; \(running) of \(items.count) workers run")
        } catch {
            return CheckResult("gateway", .warning, OpsFailure.describe(error))
        }
    }
}
