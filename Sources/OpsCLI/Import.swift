import ArgumentParser
import Foundation
import Shared

/// `camet import`: detections from files, through the public ingest API.
struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Imports files of detections into a tenant of a running server.",
        discussion: """
            CSV with a line of names, or NDJSON (.ndjson, .jsonl), with the fields of POST /detections. Each file is read \
            once to know what it holds, then sent in parts, each of which is stored for good before the next one is sent. A run \
            that was cut short is repeated with the same file: it goes on, and nothing is stored twice. Rows that are rejected \
            are written to a file beside it. The API key is CAMET_API_KEY, or the content of secrets/import-<tenant>.key in \
            the data folder, which is made when it is not there.
            """)

    @OptionGroup var source: ImportedFiles

    @Option(help: "The code of the line that all rows are of. Default: each row names its own.")
    var line: String?

    @Option(help: ArgumentHelp("The name of the area that the file calls otherwise.", valueName: "text=name"))
    var area: [String] = []

    @Option(help: ArgumentHelp("The code of the product that the file calls otherwise.", valueName: "text=code"))
    var product: [String] = []

    @Flag(help: "Store nothing; check every row and tell the figures of each day as they are and as they would be.")
    var dryRun = false

    @Option(help: "What became of a part whose answer never came, when the server cannot tell: stored or missing.")
    var unanswered: String?

    @OptionGroup var common: CommonOptions

    func validate() throws {
        _ = try reading()
        if let unanswered, FileImport.Unanswered(rawValue: unanswered) == nil {
            throw ValidationError("--unanswered must be stored or missing")
        }
    }

    func run() async throws {
        let settings = try common.openSettings()
        let key = try await ImportKey.find(settings, tenant: source.tenant)
        let address = try ServerAddress(settings, url: source.url)
        try await PublicAPI.with(url: address.url, key: key.text, authority: address.authority) { api in
            let directory = try await LineDirectory(api)
            if let line, directory.line(code: line) == nil {
                throw OpsFailure("--line: tenant \(source.tenant) has no line \(line)")
            }
            let journals = ImportFolder.path(settings)
            if dryRun {
                try await tryFiles(api, directory, journals)
            } else {
                try await importFiles(api, directory, journals, sender: key.publicID)
            }
        }
    }

    private func importFiles(
        _ api: PublicAPI, _ directory: LineDirectory, _ journals: String, sender: String
    ) async throws {
        var reports: [ImportReport] = []
        for file in source.files {
            let work = FileImport(
                path: file, reading: try reading(), tenant: source.tenant, api: api, directory: directory,
                sender: sender, journals: journals,
                rejectsPath: source.rejectsPath(of: file, ending: "rejected"),
                unanswered: unanswered.flatMap(FileImport.Unanswered.init))
            reports.append(try await work.run())
        }
        try OpsAnswer.print(ItemList(items: reports), json: common.json, text: reports.flatMap(\.lines))
    }

    private func tryFiles(_ api: PublicAPI, _ directory: LineDirectory, _ journals: String) async throws {
        var reports: [TrialReport] = []
        for file in source.files {
            let work = FileTrial(
                path: file, reading: try reading(), tenant: source.tenant, api: api, directory: directory,
                journals: journals,
                rejectsPath: source.rejectsPath(of: file, ending: "would-be-rejected"))
            reports.append(try await work.run())
        }
        try OpsAnswer.print(ItemList(items: reports), json: common.json, text: reports.flatMap(\.lines))
    }

    private func reading() throws -> FileRows.Reading {
        FileRows.Reading(
            translation: RowTranslation(
                line: line, zone: try source.zone(),
                areas: try ImportFlags.pairs(area, flag: "--area"),
                products: try ImportFlags.pairs(product, flag: "--product")),
            columns: try source.columns(as: SourceRow.Field.self))
    }
}
