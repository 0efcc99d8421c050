import ArgumentParser
import Foundation

/// `camet doctor`: whether everything the product stands on is as it should be.
struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Checks packages, permissions, sockets, databases and the clock.",
        discussion: """
            Changes nothing. Ends with 0 when nothing failed (warnings are no failures), otherwise with 1. A gateway that does
            not run is a warning: everything else is checked all the same.
            """)

    @OptionGroup var common: CommonOptions

    private struct Report: Encodable {
        let ok: Bool
        let items: [CheckResult]
    }

    func run() async throws {
        let settings = try common.openSettings()
        var results = PackagesCheck(settings: settings).results()
        results += PermissionsCheck(settings: settings).results()
        results += SocketsCheck(settings: settings).results()
        results += await DatabasesCheck(settings: settings).results()
        results += SystemClockCheck().results()
        let failures = results.filter { $0.state == .failed }.count
        try OpsAnswer.print(
            Report(ok: failures == 0, items: results), json: common.json,
            text: OpsAnswer.table(
                ["CHECK", "STATE", "WHAT"], results.map { [$0.check, $0.state.rawValue, $0.detail] }))
        if failures > 0 { throw OpsFailure(failures == 1 ? "1 check failed" : "\(failures) checks failed") }
    }
}
