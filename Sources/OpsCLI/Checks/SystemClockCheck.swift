import Foundation

/// Whether somebody keeps the machine's clock right.
struct SystemClockCheck {
    /// What services of Debian leave behind once they have set the clock: systemd-timesyncd and chrony.
    private static let traces = ["/run/systemd/timesync/synchronized", "/run/chrony/chronyd.pid"]

    func results() -> [CheckResult] {
        guard let trace = Self.traces.first(where: FileManager.default.fileExists(atPath:)) else {
            return [
                CheckResult(
                    "clock", .warning,
                    "no time server's service is seen here; where the host of a container keeps the clock that is right"
                )
            ]
        }
        return [CheckResult("clock", .ok, "\(trace) is there")]
    }
}
