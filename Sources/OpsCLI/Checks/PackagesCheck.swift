import Foundation

/// Programs and files of other packages that must be there.
struct PackagesCheck {
    private static let zones = "/usr/share/zoneinfo/America/Argentina/Buenos_Aires"
    private static let postgres = "/usr/lib/postgresql/15/bin/postgres"

    let settings: OpsSettings

    func results() -> [CheckResult] {
        var results = [
            file("time zones", Self.zones, otherwise: .failed, "install tzdata"),
            program("PostgreSQL 15", Self.postgres, otherwise: .warning, "not needed where databases are elsewhere"),
        ]
        if let worker = settings.optional("CAMET_WORKER_EXECUTABLE") {
            results.append(program("worker program", worker, otherwise: .failed, "CAMET_WORKER_EXECUTABLE names it"))
        } else {
            results.append(CheckResult("worker program", .failed, "CAMET_WORKER_EXECUTABLE is not set"))
        }
        if let assets = settings.optional("CAMET_ASSETS") {
            results.append(file("front-end files", assets, otherwise: .failed, "CAMET_ASSETS names their folder"))
        } else {
            results.append(CheckResult("front-end files", .failed, "CAMET_ASSETS is not set"))
        }
        return results
    }

    private func file(
        _ check: String, _ path: String, otherwise state: CheckResult.State, _ advice: String
    ) -> CheckResult {
        FileManager.default.isReadableFile(atPath: path)
            ? CheckResult(check, .ok, path) : CheckResult(check, state, "\(path) cannot be read: \(advice)")
    }

    private func program(
        _ check: String, _ path: String, otherwise state: CheckResult.State, _ advice: String
    ) -> CheckResult {
        FileManager.default.isExecutableFile(atPath: path)
            ? CheckResult(check, .ok, path) : CheckResult(check, state, "\(path) cannot be run: \(advice)")
    }
}
