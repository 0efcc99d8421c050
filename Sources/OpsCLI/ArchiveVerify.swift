import ArgumentParser

/// `camet archive verify`: whether the archived files are as they were written.
struct ArchiveVerify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Reads archived files and compares them with what was archived.",
        discussion: "Ends with 1 and the first bad file if there is one.")

    @OptionGroup var choice: ArchiveChoice
    @OptionGroup var common: CommonOptions

    /// What was found.
    struct Answer: Encodable {
        /// How many were looked at; all, or those up to the first bad one.
        let files: Int
        let rows: Int64
        let isSound: Bool
        /// The first bad file.
        let file: String?
        /// What is wrong with it.
        let damage: String?

        private enum CodingKeys: String, CodingKey {
            case files
            case rows
            case isSound = "sound"
            case file
            case damage
        }
    }

    func run() async throws {
        let (archive, records) = try await choice.open(try common.openSettings())
        let check = ArchiveCheck(folder: archive.folder)
        var rows: Int64 = 0
        for (index, record) in records.enumerated() {
            rows += record.content.rows
            guard let damage = try await check.damage(of: record) else { continue }
            let path = archive.folder.path(of: record.file)
            try OpsAnswer.print(
                Answer(files: index + 1, rows: rows, isSound: false, file: path, damage: damage), json: common.json,
                text: [])
            throw OpsFailure("\(path): \(damage)")
        }
        try OpsAnswer.print(
            Answer(files: records.count, rows: rows, isSound: true, file: nil, damage: nil), json: common.json,
            text: ["\(records.count) files with \(rows) rows are as they were archived."])
    }
}
