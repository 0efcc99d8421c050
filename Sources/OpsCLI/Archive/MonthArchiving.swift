import Foundation
import PostgresClient

/// Moves one month of a line into a file: written, given its name, read back and compared, and only then, in the transaction
/// that notes the file, taken out of the database. Whatever breaks off before leaves the month where it is.
struct MonthArchiving {
    let archive: TenantArchive
    let month: HotMonth

    /// What became of the month.
    struct Outcome {
        let part: Int32
        let rows: Int64
        /// Nil: it had no rows.
        let file: String?
        let fileBytes: Int64
    }

    /// So often it is written anew because rows arrived for it meanwhile.
    private static let attempts = 5
    private static let rowsArrived = SQLState(code: "RA002")
    private var deadline: ContinuousClock.Instant { .now + .seconds(6 * 3_600) }

    func run(_ connection: borrowing PostgresConnection) async throws -> Outcome {
        var attempt = 1
        while true {
            do {
                return try await archiveOnce(connection)
            } catch PostgresError.server(let error) where error.sqlState == Self.rowsArrived {
                guard attempt < Self.attempts else {
                    throw OpsFailure(
                        "rows keep arriving for that month; it is left as it was, and the next run tries it again")
                }
                attempt += 1
            } catch PostgresError.server(let error) where error.sqlState == .lockNotAvailable {
                throw OpsFailure(
                    "somebody used the line all the time; the month is left as it was, and the next run tries it again")
            }
        }
    }

    private func archiveOnce(_ connection: borrowing PostgresConnection) async throws -> Outcome {
        let file = ArchiveFolder.fileName(line: month.line, month: month.month, part: month.nextPart)
        let written = try await write(file, connection)
        guard written.content.rows > 0 else {
            archive.folder.removeEmpty(file)
            try await take(written, nil, connection)
            return Outcome(part: month.nextPart, rows: 0, file: nil, fileBytes: 0)
        }
        let record = ArchiveRecord(
            line: month.line, lineCode: month.lineCode, month: month.month, part: month.nextPart, file: file,
            content: written.content, fileSHA256: written.sha256, fileBytes: written.bytes,
            archivedAt: ISO8601DateFormatter().string(from: Date()), restoredUntil: nil)
        try await writeManifest(record, connection)
        let check = ArchiveCheck(folder: archive.folder)
        if let damage = try await check.damage(of: record) {
            throw OpsFailure(
                "\(archive.folder.path(of: file)) was written and does not read back: \(damage); the rows stay in the database"
            )
        }
        try await archive.audit(
            "detections.archived", line: month.line,
            [
                "month": month.month.description, "rows": String(written.content.rows), "file": file,
                "sha256": HexadecimalText.of(written.sha256),
            ])
        try await take(written, file, connection)
        return Outcome(
            part: month.nextPart, rows: written.content.rows, file: file, fileBytes: written.bytes)
    }

    private struct Written {
        /// As the table gave it.
        var content: ArchivedContent
        var sha256: [UInt8]
        var bytes: Int64
    }

    private func write(_ file: String, _ connection: borrowing PostgresConnection) async throws -> Written {
        try archive.folder.makeFolder(of: file)
        let writer = try WholeFileWriter(archive.folder.path(of: file))
        let gzip = try GzipWriter()
        var reader = ArchivedContentReader()
        let partition = try TenantArchive.partition(line: month.line, month: month.month)
        try await connection.withTransaction(.readOnlySnapshot, deadline: deadline) { transaction in
            try await archive.become(transaction)
            try await transaction.copyOut(
                Statement(
                    "CopyMonthOut",
                    """
                    COPY (
                        SELECT detection_id, detected_at, area_id, product_id, event_id, received_at
                        FROM detection_partition.\(partition) ORDER BY detected_at, detection_id
                    ) TO STDOUT
                    """, prepared: false), deadline: deadline
            ) { chunk in
                reader.take(chunk)
                try writer.write(gzip.take(chunk))
            }
        }
        guard let content = reader.content() else { throw OpsFailure("\(file): the database broke off within a row") }
        try writer.write(gzip.finish())
        return Written(content: content, sha256: try writer.finish(), bytes: writer.count)
    }

    private func writeManifest(_ record: ArchiveRecord, _ connection: borrowing PostgresConnection) async throws {
        let manifest = ArchiveManifest(
            format: ArchiveManifest.format, tenant: archive.tenant.slug, database: archive.folder.database,
            lineID: record.line, lineCode: record.lineCode, month: record.month.description, part: record.part,
            file: record.file, fileBytes: record.fileBytes, fileSHA256: HexadecimalText.of(record.fileSHA256),
            encoding: ArchiveManifest.encoding, columns: ArchivedContent.columns, rows: record.content.rows,
            contentSHA256: HexadecimalText.of(record.content.sha256),
            schemaVersion: try await ArchiveRecords.schemaVersion(connection), archivedAt: record.archivedAt)
        let writer = try WholeFileWriter(archive.folder.manifestPath(of: record.file))
        try writer.write(manifest.text())
        _ = try writer.finish()
    }

    private func take(_ written: Written, _ file: String?, _ connection: borrowing PostgresConnection) async throws {
        let start = try TenantArchive.start(of: month.month)
        try await archive.change(connection, deadline: deadline) { transaction in
            try await transaction.execute(
                Statement(
                    "ArchiveDetectionMonth",
                    """
                    SELECT archive_detection_month(\(month.line), \(start), \(month.nextPart), \(file ?? ""),
                        \(written.content.rows), \(PostgresBytes(written.content.sha256)),
                        \(PostgresBytes(written.sha256)), \(written.bytes))
                    """), deadline: deadline)
        }
    }
}
