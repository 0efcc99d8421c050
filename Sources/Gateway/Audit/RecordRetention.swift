import Logging
import PostgresClient
import ServiceLifecycle

/// Deletes sign-in attempts and questions that are too old, at the start and once an hour. The audit log is kept for good.
struct RecordRetention: Service {
    let pool: PostgresPool
    let signInDays: Int
    let queryDays: Int
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            repeat { await forget() } while (try? await ContinuousClock().sleep(for: .seconds(3_600))) != nil
        }
    }

    /// Little by little, so that nobody waits for it.
    private func forget() async {
        let statement = ForgetOldRecords.statement(signInDays: signInDays, queryDays: queryDays)
        do {
            while try await pool.query(statement, deadline: .now + .seconds(30)).value(0, 0, as: Int64.self) > 0 {
                try await ContinuousClock().sleep(for: .milliseconds(100))
            }
        } catch is CancellationError {
            return
        } catch PostgresError.cancelled {
            return
        } catch {
            logger.warning("old records could not be deleted", metadata: ["error": "\(error)"])
        }
    }
}
