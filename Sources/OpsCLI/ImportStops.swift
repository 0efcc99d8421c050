import ArgumentParser
import Foundation
import Shared

/// `camet import-stops`: the stops of an older system from CSV files.
struct ImportStops: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import-stops",
        abstract: "Imports stops of an older system into a tenant of a running server.",
        discussion: """
            CSV with the columns line (a line's name or code), start, end, and where there are any incident, reason and \
            is_manual; start_time, end_time, reason_code and line_name are understood too. What a person typed becomes a \
            registered stop; what the older system had calculated gives its cause to the stop that the product finds there, \
            so detections come first. Run again with the same file it changes nothing. The API key is that of import.
            """)

    @OptionGroup var source: ImportedFiles

    @Option(help: "The code or name of the line that all rows are of. Default: each row names its own.")
    var line: String?

    @Option(help: ArgumentHelp("The code of the incident that the file calls otherwise.", valueName: "text=code"))
    var incident: [String] = []

    @OptionGroup var common: CommonOptions

    func validate() throws {
        _ = try reading()
    }

    func run() async throws {
        let settings = try common.openSettings()
        let key = try await ImportKey.find(settings, tenant: source.tenant)
        let address = try ServerAddress(settings, url: source.url)
        let reports = try await PublicAPI.with(url: address.url, key: key.text, authority: address.authority) { api in
            let directory = try await LineDirectory(api)
            if let line, !directory.lines.contains(where: { $0.code == line || $0.name == line }) {
                throw OpsFailure("--line: tenant \(source.tenant) has no line \(line)")
            }
            var reports: [StopsReport] = []
            for file in source.files {
                let work = StopsImport(
                    path: file, reading: try reading(), tenant: source.tenant, api: api, directory: directory,
                    journals: ImportFolder.path(settings),
                    rejectsPath: source.rejectsPath(of: file, ending: "rejected"))
                reports.append(try await work.run())
            }
            return reports
        }
        try OpsAnswer.print(ItemList(items: reports), json: common.json, text: reports.flatMap(\.lines))
    }

    private func reading() throws -> StopsImport.Reading {
        StopsImport.Reading(
            line: line, zone: try source.zone(),
            incidents: try ImportFlags.pairs(incident, flag: "--incident"),
            columns: try source.columns(as: StopRow.Field.self))
    }
}
