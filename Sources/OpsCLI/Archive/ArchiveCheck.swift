import Foundation

/// Whether an archived file is what was archived.
struct ArchiveCheck {
    let folder: ArchiveFolder

    /// What is wrong with it, in words for the operator; nil when it is right to the last byte.
    ///
    /// - Parameter body: gets what is in it part by part, before it is known whether it is right.
    func damage(
        of record: ArchiveRecord, _ body: ([UInt8]) async throws -> Void = { _ in }
    ) async throws -> String? {
        let manifest: ArchiveManifest
        let path = folder.manifestPath(of: record.file)
        guard let bytes = FileManager.default.contents(atPath: path) else { return "its manifest \(path) is missing" }
        do {
            manifest = try JSONDecoder().decode(ArchiveManifest.self, from: bytes)
        } catch {
            return "its manifest is no manifest of this format"
        }
        if let difference = difference(of: manifest, from: record) { return difference }
        var file = FileHash()
        let gzip = try GzipReader()
        var reader = ArchivedContentReader()
        var isGzip = true
        let isThere = try await FileParts.read(folder.path(of: record.file)) { part in
            file.take(part)
            guard isGzip else { return }
            guard let plain = gzip.take(part) else {
                isGzip = false
                return
            }
            reader.take(plain)
            try await body(plain)
        }
        guard isThere else { return "it is missing" }
        guard file.count == record.fileBytes else { return "it has \(file.count) bytes instead of \(record.fileBytes)" }
        guard file.sha256 == record.fileSHA256 else { return "its SHA-256 is not the one it was archived with" }
        guard isGzip, gzip.isWhole else { return "it cannot be decompressed" }
        guard reader.content() == record.content else { return "its rows are not those that were archived" }
        return nil
    }

    private func difference(of manifest: ArchiveManifest, from record: ArchiveRecord) -> String? {
        guard manifest.format == ArchiveManifest.format else { return "its format \(manifest.format) is not known" }
        guard manifest.database == folder.database else {
            return "it is of the tenant \(manifest.tenant) (\(manifest.database))"
        }
        guard manifest.lineID == record.line, manifest.month == record.month.description, manifest.part == record.part,
            manifest.file == record.file
        else { return "it is of line \(manifest.lineCode), month \(manifest.month), part \(manifest.part)" }
        let isSame =
            manifest.columns == ArchivedContent.columns && manifest.rows == record.content.rows
            && manifest.contentSHA256 == HexadecimalText.of(record.content.sha256)
            && manifest.fileSHA256 == HexadecimalText.of(record.fileSHA256) && manifest.fileBytes == record.fileBytes
        return isSame ? nil : "its manifest is not the one it was archived with"
    }
}
