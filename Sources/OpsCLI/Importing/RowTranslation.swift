import Shared

/// Makes of a file's rows the ones that are sent: names of an older system are replaced, times get their offset, and the line
/// is added where a row names none.
struct RowTranslation {
    /// The code of the line that all rows are of; nil: each names its own.
    let line: String?
    /// The zone of times without an offset; nil: they are sent as they are, and rejected.
    let zone: TimeZoneRules?
    /// What the file calls an area, and its name.
    let areas: [String: String]
    /// What the file calls a product, and its code.
    let products: [String: String]

    /// A row as it is sent.
    struct Translated {
        var row: SourceRow
        /// Nil when its time is none, which the server will say.
        var instant: Instant?
        /// The clock showed its time twice, and the first was taken.
        var isRepeated = false
    }

    func translate(_ source: SourceRow) throws(RowRejection) -> Translated {
        var translated = Translated(row: source, instant: nil)
        try setLine(&translated.row)
        Self.rename(&translated.row, .area, .areaID, areas)
        Self.rename(&translated.row, .product, .productID, products)
        try setTime(&translated)
        return translated
    }

    private func setLine(_ row: inout SourceRow) throws(RowRejection) {
        guard let line else { return }
        if let own = row.line, !own.elementsEqual(line.utf8) {
            throw RowRejection(
                code: "other_line", field: "line", message: "The row names another line than the one to import into.")
        }
        row.line = Array(line.utf8)[...]
        // The number may be that of an older system; the code that was given says which line it is.
        row.lineID = nil
    }

    private static func rename(
        _ row: inout SourceRow, _ name: SourceRow.Field, _ number: SourceRow.Field, _ names: [String: String]
    ) {
        guard !names.isEmpty, let own = row[name] ?? row[number],
            let renamed = names[String(decoding: own, as: UTF8.self)]
        else { return }
        row[number] = nil
        row[name] = Array(renamed.utf8)[...]
    }

    private func setTime(_ translated: inout Translated) throws(RowRejection) {
        guard let text = translated.row.detectedAt else { return }
        guard let zone else {
            translated.instant = try? Instant(iso8601: Array(text).span)
            return
        }
        switch NaiveTime(text, in: zone) {
        case .instant(let instant, let isRepeated):
            translated.instant = instant
            translated.isRepeated = isRepeated
            var bytes: [UInt8] = []
            instant.appendISO8601(to: &bytes)
            translated.row.detectedAt = bytes[...]
        case .neverShown:
            throw .neverShown(String(decoding: text, as: UTF8.self), zone, field: "detected_at")
        case .other:
            return
        }
    }
}
