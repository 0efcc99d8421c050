import ArgumentParser

/// `camet worker drain`: a tenant's worker ends, and none is started until `worker restart`.
struct WorkerDrain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain", abstract: "Ends a tenant's worker when what is in flight is finished, and starts none.",
        discussion: """
            For work on the tenant's database. Requests get 503 worker_draining until `worker restart`, or until the gateway is
            started anew. Returns when the process has ended (9 s at most).
            """)

    @Option(help: "The tenant's slug.")
    var tenant: String

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let workers = GatewayWorkers(try common.openSettings())
        _ = try workers.worker(of: tenant)
        try workers.order("worker_drain", tenant: tenant)
        try await workers.waitForEnd(of: tenant)
        try OpsAnswer.print(
            try workers.worker(of: tenant), json: common.json,
            text: ["Worker of \(tenant) has ended; `camet worker restart --tenant \(tenant)` starts another."])
    }
}
