import ArgumentParser

/// `camet worker restart`: a new worker in place of a tenant's present one.
struct WorkerRestart: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restart", abstract: "Replaces a tenant's worker, and returns when the new one serves.",
        discussion: """
            Requests in flight are finished (9 s at most), new ones wait for the new worker. Also ends a pause after failures,
            and what `worker drain` began.
            """)

    @Option(help: "The tenant's slug.")
    var tenant: String

    @OptionGroup var common: CommonOptions

    /// From the order until the new one serves: what is in flight, and a start.
    private static let longest: Duration = .seconds(25)

    func run() async throws {
        let workers = GatewayWorkers(try common.openSettings())
        let before = try workers.worker(of: tenant)
        try workers.order("worker_restart", tenant: tenant)
        let (item, isReady) = try await workers.wait(for: tenant, atMost: Self.longest) {
            $0.state == "ready" && $0.pid != before.pid
        }
        guard isReady else { throw OpsFailure("the new worker of \(tenant) does not serve: it is \(item.state)") }
        try OpsAnswer.print(
            item, json: common.json, text: ["Worker of \(tenant) is ready: process \(item.pid ?? 0)."])
    }
}
