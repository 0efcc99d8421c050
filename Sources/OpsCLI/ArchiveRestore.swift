import ArgumentParser

/// `camet archive restore`: archived months are in the database again.
struct ArchiveRestore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Puts the rows of archived months back into the database.",
        discussion: """
            All chosen files are looked at first; one that is not as it was archived ends the verb before anything is
            touched. The months are archived again by the first run after their days are over. No figure changes.
            """)

    @OptionGroup var choice: ArchiveChoice

    @Option(help: "How many days the rows stay at least.")
    var days = 30

    @OptionGroup var common: CommonOptions

    /// A month that is in the database again.
    struct Item: Encodable {
        let lineID: Int32
        let lineCode: String
        let month: String
        let rows: Int64
        let restoredUntil: String

        private enum CodingKeys: String, CodingKey {
            case lineID = "line_id"
            case lineCode = "line_code"
            case month
            case rows
            case restoredUntil = "restored_until"
        }
    }

    func validate() throws {
        guard (1...3650).contains(days) else { throw ValidationError("--days must be 1 to 3650") }
    }

    func run() async throws {
        let (archive, _) = try await choice.open(try common.openSettings())
        let items = try await archive.withTurn { connection in
            // Read anew, as somebody may have had his turn meanwhile.
            let records = try await ArchiveRecords.list(
                connection, lineCode: choice.line, month: choice.month.flatMap { ArchiveMonth($0) }
            ).filter { $0.restoredUntil == nil }
            let check = ArchiveCheck(folder: archive.folder)
            for record in records {
                if let damage = try await check.damage(of: record) {
                    throw OpsFailure("\(archive.folder.path(of: record.file)): \(damage); nothing was restored")
                }
            }
            var items: [Item] = []
            for records in Self.months(records) {
                guard let first = records.first else { continue }
                let rows = records.reduce(Int64(0)) { $0 + $1.content.rows }
                try await archive.audit(
                    "detections.restored", line: first.line,
                    ["month": first.month.description, "rows": String(rows), "days": String(days)])
                let until = try await MonthRestoring(archive: archive, records: records, days: days).run(connection)
                items.append(
                    Item(
                        lineID: first.line, lineCode: first.lineCode, month: first.month.description, rows: rows,
                        restoredUntil: until))
            }
            return items
        }
        try OpsAnswer.print(
            ItemList(items: items), json: common.json,
            text: OpsAnswer.table(
                ["LINE", "MONTH", "ROWS", "RESTORED UNTIL"],
                items.map { [$0.lineCode, $0.month, String($0.rows), $0.restoredUntil] }))
    }

    /// The files of each month together.
    private static func months(_ records: [ArchiveRecord]) -> [[ArchiveRecord]] {
        records.reduce(into: []) { months, record in
            if let last = months.last?.first, last.line == record.line, last.month == record.month {
                months[months.count - 1].append(record)
            } else {
                months.append([record])
            }
        }
    }
}
