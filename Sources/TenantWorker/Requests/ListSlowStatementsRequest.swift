import IPC
import NIOCore
import PostgresClient
import Shared

extension WorkerRequests {
    /// What the gateway tells its operator of this worker's statements.
    func listSlowStatements(_ call: ListSlowStatements, _ request: IncomingRequest) throws -> Answer {
        guard request.head.principal.kind == .system else { throw Fault(code: .forbidden) }
        var bytes = ByteBuffer()
        SlowStatements(pool.statistics.byStatement.prefix(SlowStatements.most).map(SlowStatement.init))
            .write(to: &bytes)
        return .whole(ReplyHead(content: .none), bytes)
    }
}

extension SlowStatement {
    fileprivate init(_ figures: StatementFigures) {
        self.init(
            name: figures.name,
            runs: UInt64(figures.runs),
            slowRuns: UInt64(figures.slowRuns),
            totalMicroseconds: figures.totalMicroseconds,
            longestMicroseconds: figures.longestMicroseconds,
            rowsOfLongest: figures.rowsOfLongest.map { UInt64($0) }
        )
    }
}
