import Foundation

/// What others may do with the data folder, its secrets and its sockets; and whether there is room.
struct PermissionsCheck {
    /// Bytes that must be free for nothing to be said.
    private static let enoughSpace: Int64 = 1 << 30

    let settings: OpsSettings

    func results() -> [CheckResult] {
        [
            // Others may pass through it to PostgreSQL's files below, and no more.
            folder("data folder", settings.dataPath, allowed: 0o711),
            secretsFolder(),
            secrets(),
            folder("socket folder", settings.runPath, allowed: 0o700),
            space(),
        ]
    }

    /// Where root starts the system, its group is the gateway's, which reads what is its own there (script/steps/users.sh).
    private func secretsFolder() -> CheckResult {
        let path = URL(filePath: settings.dataPath + "/secrets").resolvingSymlinksInPath().path(percentEncoded: false)
        let gateway = (try? String(contentsOfFile: settings.dataPath + "/users", encoding: .utf8))
            .flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
        let isGateways = gateway != nil && FoundFile(path)?.group == gateway
        return folder("secrets folder", path, allowed: isGateways ? 0o710 : 0o700)
    }

    private func folder(_ check: String, _ path: String, allowed: Int) -> CheckResult {
        guard let found = FoundFile(path) else { return CheckResult(check, .failed, "\(path) cannot be read") }
        guard found.isFolder else { return CheckResult(check, .failed, "\(path) is no folder") }
        return judge(check, path, found, allowed: allowed)
    }

    private func secrets() -> CheckResult {
        let folder = settings.dataPath + "/secrets"
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder).sorted(), !names.isEmpty else {
            return CheckResult("secrets", .failed, "\(folder) has no files that can be read")
        }
        for name in names {
            guard let found = FoundFile("\(folder)/\(name)") else { continue }
            let result = judge("secrets", "\(folder)/\(name)", found, allowed: 0o600)
            if result.state != .ok { return result }
        }
        return CheckResult("secrets", .ok, names.joined(separator: ", "))
    }

    private func judge(_ check: String, _ path: String, _ found: FoundFile, allowed: Int) -> CheckResult {
        let mode = String(found.mode, radix: 8)
        guard found.owner == Int(geteuid()) || geteuid() == 0 else {
            return CheckResult(check, .failed, "\(path) belongs to user \(found.owner)")
        }
        guard found.mode & ~allowed & 0o077 == 0 else {
            return CheckResult(
                check, .failed, "\(path) has mode \(mode): run chmod \(String(allowed, radix: 8)) on it")
        }
        return CheckResult(check, .ok, "\(path), mode \(mode)")
    }

    private func space() -> CheckResult {
        guard let attributes = try? FileManager.default.attributesOfFileSystem(forPath: settings.dataPath),
            let free = (attributes[.systemFreeSize] as? NSNumber)?.int64Value
        else { return CheckResult("disk space", .failed, "\(settings.dataPath) cannot be looked at") }
        return CheckResult(
            "disk space", free >= Self.enoughSpace ? .ok : .warning,
            "\(free >> 20) MiB free below \(settings.dataPath)")
    }
}

/// A file or folder itself, not what a link leads to.
private struct FoundFile {
    let mode: Int
    let owner: Int
    let group: Int
    let isFolder: Bool

    /// Nil when it cannot be looked at.
    init?(_ path: String) {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
            let mode = (attributes[.posixPermissions] as? NSNumber)?.intValue,
            let owner = (attributes[.ownerAccountID] as? NSNumber)?.intValue,
            let group = (attributes[.groupOwnerAccountID] as? NSNumber)?.intValue
        else { return nil }
        self.mode = mode
        self.owner = owner
        self.group = group
        isFolder = attributes[.type] as? FileAttributeType == .typeDirectory
    }
}
