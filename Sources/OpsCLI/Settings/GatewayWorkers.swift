import Foundation

/// The workers of the running gateway, as its socket tells of them and takes orders for them.
struct GatewayWorkers {
    private struct List: Decodable {
        let items: [WorkerList.Item]
    }

    private struct Order: Encodable {
        let verb: String
        var tenant: String?
    }

    private struct Answer: Decodable {
        var error: String?
    }

    /// Between two looks.
    private static let pause: Duration = .milliseconds(50)

    private let socket: AdminSocket

    init(_ settings: OpsSettings) {
        socket = AdminSocket(path: settings.runPath + "/admin.sock")
    }

    /// Every tenant's worker.
    func list() throws -> [WorkerList.Item] {
        let line = try socket.ask(try Self.line(Order(verb: "worker_list")))
        guard let answer = try? JSONDecoder().decode(List.self, from: line) else { throw misunderstood }
        return answer.items
    }

    /// One tenant's worker.
    func worker(of tenant: String) throws -> WorkerList.Item {
        guard let item = try list().first(where: { $0.tenant == tenant }) else {
            throw OpsFailure("--tenant: there is no tenant \(tenant)")
        }
        return item
    }

    /// Gives an order; what the gateway refuses is thrown.
    func order(_ verb: String, tenant: String) throws {
        let line = try socket.ask(try Self.line(Order(verb: verb, tenant: tenant)))
        guard let answer = try? JSONDecoder().decode(Answer.self, from: line) else { throw misunderstood }
        if let error = answer.error { throw OpsFailure(error) }
    }

    /// Looks again and again until the tenant's worker is as it should be; gives what was seen last.
    func wait(
        for tenant: String, atMost limit: Duration, _ isSo: (WorkerList.Item) -> Bool
    ) async throws -> (item: WorkerList.Item, isSo: Bool) {
        let end = ContinuousClock.now + limit
        while true {
            let item = try worker(of: tenant)
            if isSo(item) { return (item, true) }
            guard ContinuousClock.now < end else { return (item, false) }
            // The gateway tells how things are and not when they change.
            try await Task.sleep(for: Self.pause)
        }
    }

    /// Waits until no worker of the tenant runs; nothing is to be waited for when no gateway runs.
    func waitForEnd(of tenant: String, atMost limit: Duration = .seconds(15)) async throws {
        guard let (item, hasEnded) = try? await wait(for: tenant, atMost: limit, { $0.pid == nil }) else { return }
        guard hasEnded else {
            throw OpsFailure("the worker of \(tenant), process \(item.pid ?? 0), still runs: see the gateway's log")
        }
    }

    private static func line(_ order: Order) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(order), as: UTF8.self)
    }

    private var misunderstood: OpsFailure {
        OpsFailure("the gateway at \(socket.path) gave an answer this program does not understand")
    }
}
