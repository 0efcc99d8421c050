import ArgumentParser
import Foundation
import PostgresClient

/// The operations CLI: one subcommand per verb, each in a file of its name.
///
/// Exit codes: 0 done, 1 it could not be done, 2 wrong usage. Errors go to standard error.
@main
struct Camet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "camet",
        abstract: "Operates Camet Analytics: databases, tenants, users, keys, workers.",
        subcommands: [
            Migrate.self, Tenant.self, User.self, Key.self, Worker.self, Simulate.self, Rebuild.self, Audit.self,
            Secrets.self, SigningKey.self, CertificateVerbs.self, Archive.self, Database.self, Import.self,
            ImportStops.self, Doctor.self, Usage.self,
        ])

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            ProcessEnd.now(0)
        } catch let failure as OpsFailure {
            end(1, "camet: \(failure)")
        } catch {
            switch exitCode(for: error) {
            case .success:
                print(fullMessage(for: error))
                ProcessEnd.now(0)
            case .validationFailure:
                end(2, fullMessage(for: error))
            default:
                end(1, "camet: \(OpsFailure.describe(error))")
            }
        }
    }

    private static func end(_ code: Int32, _ message: String) -> Never {
        FileHandle.standardError.write(Data((message + "\n").utf8))
        ProcessEnd.now(code)
    }
}

/// `camet tenant …`
struct Tenant: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Client companies.",
        subcommands: [
            TenantCreate.self, TenantList.self, TenantSuspend.self, TenantResume.self, TenantDelete.self,
            TenantRotatePassword.self, TenantWork.self,
        ])
}

/// `camet user …`
struct User: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "People and what they may do.",
        subcommands: [
            UserCreate.self, UserGrant.self, UserDisable.self, UserEnable.self, UserResetSecondFactor.self,
        ])
}

/// `camet key …`
struct Key: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "API keys, and keys of the database.",
        subcommands: [KeyCreate.self, KeyList.self, KeyRevoke.self])
}

/// `camet audit …`
struct Audit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The audit log.", subcommands: [AuditVerify.self])
}

/// `camet archive …`
struct Archive: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Months of detections in files.",
        subcommands: [ArchiveRun.self, ArchiveList.self, ArchiveVerify.self, ArchiveRestore.self])
}

/// `camet database …`
struct Database: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tenants' databases.", subcommands: [DatabaseTune.self])
}

/// `camet worker …`
struct Worker: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Worker processes of the running gateway.",
        subcommands: [WorkerList.self, WorkerRestart.self, WorkerDrain.self])
}

/// `camet secrets …`
struct Secrets: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Secrets sealed in the database.", subcommands: [SecretsRotate.self])
}

/// `camet signing-key …`
struct SigningKey: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "signing-key", abstract: "Keys that sign access tokens.", subcommands: [SigningKeyRotate.self])
}
