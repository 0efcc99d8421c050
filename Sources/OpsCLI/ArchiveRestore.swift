import ArgumentParser
import PostgresClient

/// `camet archive restore`: archived months are in the database again.
struct ArchiveRestore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Puts the rows of archived months back into the database.",
        discussion: """
            All chosen files are looked at first; one that is not as it was archived ends the verb before anything is
            touched. The months are archived again by the first run after their days are over; one that is in the database already stays so \
            many days at least. No figure changes.
            """)

    @OptionGroup var choice: ArchiveChoice

    @Option(help: "How many days the rows stay at least.")
    var days = 30

    @OptionGroup var common: CommonOptions

    /// A month that is in the database again.
    struct Item: Encodable {
        /// What was done with a month.
        enum Outcome: String, Encodable {
            case restored
            /// It was there already, and stays longer now.
            case extended
            /// It was there already, and for as long.
            case unchanged
        }

        let lineID: Int32
        let lineCode: String
        let month: String
        let rows: Int64
        let restoredUntil: String
        let outcome: Outcome

        private enum CodingKeys: String, CodingKey {
            case lineID = "line_id"
            case lineCode = "line_code"
            case month
            case rows
            case restoredUntil = "restored_until"
            case outcome
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
            )
            let check = ArchiveCheck(folder: archive.folder)
            for record in records where record.restoredUntil == nil {
                if let damage = try await check.damage(of: record) {
                    throw OpsFailure("\(archive.folder.path(of: record.file)): \(damage); nothing was restored")
                }
            }
            var items: [Item] = []
            for records in Self.months(records) { items += try await bringBack(records, archive, connection) }
            return items
        }
        try OpsAnswer.print(
            ItemList(items: items), json: common.json,
            text: OpsAnswer.table(
                ["LINE", "MONTH", "ROWS", "RESTORED UNTIL", "OUTCOME"],
                items.map { [$0.lineCode, $0.month, String($0.rows), $0.restoredUntil, $0.outcome.rawValue] }))
    }

    /// Puts a month's rows back, or lets those that are there stay.
    private func bringBack(
        _ records: [ArchiveRecord], _ archive: TenantArchive, _ connection: borrowing PostgresConnection
    ) async throws -> [Item] {
        guard let first = records.first else { return [] }
        let restoring = MonthRestoring(archive: archive, records: records, days: days)
        let rows = records.reduce(Int64(0)) { $0 + $1.content.rows }
        let (outcome, until): (Item.Outcome, String)
        if let before = first.restoredUntil {
            until = try await restoring.extend(connection)
            outcome = until == before ? .unchanged : .extended
        } else {
            outcome = .restored
            try await archive.audit(
                "detections.restored", line: first.line,
                ["month": first.month.description, "rows": String(rows), "days": String(days)])
            until = try await restoring.run(connection)
        }
        return [
            Item(
                lineID: first.line, lineCode: first.lineCode, month: first.month.description, rows: rows,
                restoredUntil: until, outcome: outcome)
        ]
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
