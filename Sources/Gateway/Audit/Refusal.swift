import Shared

/// Something that was refused and is worth knowing about.
struct Refusal: Sendable {
    var tenant: TenantID?
    var actor: String
    var action: String
    var object: String?
    /// Why, as a word.
    var reason: String
    var caller: InsertAuditEntry.Caller

    /// The entry about it.
    ///
    /// - Parameter repeats: how often it came again since the entry before; nil for the first time.
    func record(repeats: Int?) -> AuditRecord {
        var json = JSONWriter()
        json.object { json in
            json.field("reason", reason)
            if let repeats { json.field("repeats", repeats) }
        }
        return AuditRecord(
            actor: actor,
            tenant: tenant,
            action: action,
            object: object,
            detail: String(decoding: json.bytes, as: UTF8.self),
            from: caller
        )
    }
}
