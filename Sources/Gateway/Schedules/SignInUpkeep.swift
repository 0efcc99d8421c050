import Logging
import PostgresClient
import ServiceLifecycle

/// Deletes, at the start and then at each interval, sessions and attempts to sign in that ended so long ago that nobody
/// needs them.
struct SignInUpkeep: Service {
    /// Deleted at once of each: what this takes, nobody who signs in meanwhile notices.
    private static let most = 1_000

    let pool: PostgresPool
    let interval: Duration
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await forget()
                guard (try? await ContinuousClock().sleep(for: interval)) != nil else { break }
            }
        }
    }

    /// Until there is less than one round's.
    private func forget() async {
        do {
            while !Task.isCancelled {
                let forgotten: Int64 = try await pool.query(
                    ForgetOldSignIns.statement(most: Self.most), deadline: .now + .seconds(30)
                ).value(0, 0)
                if forgotten < Self.most { return }
            }
        } catch {
            logger.warning("old sign-ins could not be deleted", metadata: ["error": "\(error)"])
        }
    }
}
