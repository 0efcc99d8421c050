package import IPC
import Logging
import NIOCore
package import Shared
import Synchronization

extension WorkerSupervisor {
    /// How long a worker may take to tell of its statements.
    private static let statementsTimeout = TimeAmount.milliseconds(500)

    /// The slowest statements of every worker that runs and answers at once. No worker is started for it or kept from being
    /// idle by it.
    package func slowStatements() async -> [TenantID: [SlowStatement]] {
        let connections = state.withLock { state in
            state.ready.compactMap { tenant, ready in
                ready.connections.lazy.compactMap { $0 }.first.map { (tenant, $0) }
            }
        }
        return await withTaskGroup { group in
            for (tenant, connection) in connections {
                group.addTask { (tenant, await self.slowStatements(of: tenant, over: connection)) }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
    }

    private func slowStatements(of tenant: TenantID, over connection: WorkerConnection) async -> [SlowStatement]? {
        do {
            let reply = try await connection.send(
                ListSlowStatements(),
                principal: Principal(kind: .system, tenant: tenant),
                requestID: RequestID.random(),
                deadline: .now() + Self.statementsTimeout,
                body: ByteBuffer()
            )
            guard case .whole(var bytes) = reply.body else { return nil }
            return try SlowStatements(from: &bytes).statements
        } catch {
            logger.debug("a worker does not tell of its statements", metadata: ["cause": "\(error)"])
            return nil
        }
    }
}
