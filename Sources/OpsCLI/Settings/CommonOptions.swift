import ArgumentParser
import Foundation

/// Options of every verb.
struct CommonOptions: ParsableArguments {
    @Option(name: .customLong("data"), help: "The data folder. Default: CAMET_DATA, or .camet here.")
    var dataPath: String?

    @Flag(help: "Answer with one line of JSON.")
    var json = false

    /// The data folder and what its camet.conf says; throws when that cannot be read.
    func openSettings() throws(OpsFailure) -> OpsSettings {
        let environment = ProcessInfo.processInfo.environment
        let path = dataPath ?? environment["CAMET_DATA"] ?? ".camet"
        return try OpsSettings(dataPath: path, environment: environment)
    }
}
