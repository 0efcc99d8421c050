import Logging
import PostgresClient
import Shared

/// Gives rows of months that have no partition yet, as other programs may write them, partitions of their own.
///
/// They count from the moment they are written; this only puts them where months belong. Rows and partition change places
/// in one transaction, for which the line's writers wait. The worker does it when it hears of such rows, and the schedule asks
/// for it too: nobody hears while no worker runs, and a worker that only does scheduled work ends before it would get to it.
struct MoveRowsToMonths {
    /// Between two looks.
    static let pause = Duration.seconds(10)
    /// How long the rows of one month may take.
    static let longestMove = Duration.seconds(600)

    let pool: PostgresPool
    let logger: Logger

    /// Looks after each hint, until its task is cancelled. What could not be done is tried again.
    ///
    /// - Parameter hints: an element whenever another program may have written; what comes meanwhile is one.
    func run(_ hints: AsyncStream<Void>) async {
        for await _ in hints {
            var isDone = false
            while !isDone {
                isDone = await moveAll()
                guard (try? await ContinuousClock().sleep(for: Self.pause)) != nil else { return }
            }
        }
    }

    /// Whether no row is left in a month without a partition.
    @discardableResult
    func moveAll() async -> Bool {
        do {
            while true {
                let rows = try await pool.query(ListMonthsByDefault.statement, deadline: .now + .seconds(10))
                let months = try ListMonthsByDefault.read(rows)
                if months.isEmpty { return true }
                guard await moveEach(months) else { return false }
            }
        } catch {
            logger.warning("months without a partition are not known now", metadata: ["error": "\(error)"])
            return false
        }
    }

    /// Whether all were moved.
    private func moveEach(_ months: [(line: LineID, month: Instant)]) async -> Bool {
        var isEachMoved = true
        for (line, month) in months {
            let metadata: Logger.Metadata = ["line_id": "\(line)", "month": "\(month)"]
            do {
                try await move(line, month)
                logger.info("rows moved to their month", metadata: metadata)
            } catch {
                logger.notice(
                    "rows could not be moved to their month", metadata: metadata.merging(["error": "\(error)"]) { $1 })
                isEachMoved = false
            }
        }
        return isEachMoved
    }

    private func move(_ line: LineID, _ month: Instant) async throws {
        let deadline = ContinuousClock.now + Self.longestMove
        try await pool.withTransaction(deadline: deadline) { transaction in
            try await transaction.execute(LimitMove.statement, deadline: deadline)
            try await transaction.execute(TakeTurnToMove.statement, deadline: deadline)
            try await transaction.execute(LimitWaitOfMove.statement, deadline: deadline)
            try await transaction.execute(EnsureDetectionMonth.statement(line, month), deadline: deadline)
        }
    }
}
