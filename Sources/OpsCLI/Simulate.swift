import ArgumentParser
import Foundation
import Shared

/// `camet simulate`: realistic detections for every line of a tenant, through the public ingest API.
struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Sends realistic detections for every line of a tenant to a running server.",
        discussion: """
            The same tenant, lines and days always give the same detections, and none is stored twice: a run that was cut \
            short is repeated. The API key needs the scopes ingest and read; it is CAMET_API_KEY, or the content of \
            secrets/simulate-<tenant>.key in the data folder.
            """)

    @Option(help: "The tenant's slug.")
    var tenant: String

    @Option(help: "Days of history up to now. Default: 30.")
    var days: Int?

    @Flag(help: "Go on at real time until SIGINT or SIGTERM; with --days after that history.")
    var live = false

    @Option(help: "Where the server answers. Default: what run/url in the data folder says.")
    var url: String?

    @OptionGroup var common: CommonOptions

    func validate() throws {
        try FlagRules.slug(tenant, flag: "--tenant")
        if let days, !(1...3_650).contains(days) {
            throw ValidationError("--days must be 1 to 3650")
        }
    }

    func run() async throws {
        let (url, key, authority) = try server()
        let work = Task {
            try await PublicAPI.with(url: url, key: key, authority: authority) { api in
                if !live || days != nil { try await loadHistory(api) }
                if live {
                    try await LiveLoad(api: api, tenant: tenant, clock: Self.now, report: say).run()
                }
            }
        }
        let signals = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler { work.cancel() }
            source.resume()
            return source
        }
        defer {
            for source in signals { source.cancel() }
        }
        do {
            try await work.value
        } catch {
            // Going on until told to stop is what --live is for.
            guard work.isCancelled else { throw error }
            guard live else { throw OpsFailure("stopped; the same command continues it") }
        }
    }

    private func loadHistory(_ api: PublicAPI) async throws {
        let lines = try await PlantDescription(api).simulatedLines(of: tenant)
        guard !lines.isEmpty else {
            throw OpsFailure("tenant \(tenant) has no line with an output area and products")
        }
        let began = ContinuousClock.now
        let load = HistoryLoad(api: api, lines: lines, now: Self.now())
        let totals = try await load.run(days: days ?? 30) { date, totals in
            say("\(date): \(totals.stored) stored, \(totals.duplicates) there before")
        }
        let seconds = (ContinuousClock.now - began).components.seconds
        try OpsAnswer.print(
            totals, json: common.json,
            text: [
                "Tenant \(tenant): \(totals.stored) detections stored, \(totals.duplicates) there before, "
                    + "\(totals.rejected) rejected, in \(seconds) s."
            ])
    }

    /// Where the server is, what it is asked with, and the authority of its folder if there is one.
    private func server() throws(OpsFailure) -> (url: String, key: String, authority: String?) {
        let settings = try common.openSettings()
        let environment = ProcessInfo.processInfo.environment
        let keyPath = "\(settings.dataPath)/secrets/simulate-\(tenant).key"
        let key = environment["CAMET_API_KEY"] ?? ServerAddress.firstLine(of: keyPath)
        guard let key, !key.isEmpty else {
            throw OpsFailure("no API key: CAMET_API_KEY is not set and \(keyPath) cannot be read")
        }
        let address = try ServerAddress(settings, url: url)
        return (address.url, key, address.authority)
    }

    @Sendable private static func now() -> Instant {
        Instant(microseconds: Int64(Date().timeIntervalSince1970 * 1e6))
    }

    private func say(_ line: String) {
        FileHandle.standardError.write(Data("simulate \(tenant): \(line)\n".utf8))
    }
}
