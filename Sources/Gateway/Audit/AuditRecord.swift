import Shared

/// One entry of the audit log before it is added; the database gives it its time and its place in the chain.
struct AuditRecord: Sendable, Equatable {
    static let longestObject = 255

    /// `user:<id>`, `key:<public id>` or `anonymous`.
    var actor: String
    /// Nil for what concerns none, or nobody knows which.
    var tenant: TenantID?
    /// What was done, as `plant.changed`.
    var action: String
    /// The thing it was done to, as `plant:12`.
    var object: String?
    /// JSON of an object.
    var detail: String
    var caller: InsertAuditEntry.Caller

    init(
        actor: String,
        tenant: TenantID?,
        action: String,
        object: String?,
        detail: String = "{}",
        from caller: InsertAuditEntry.Caller
    ) {
        self.actor = actor
        self.tenant = tenant
        self.action = action
        self.object = object.map { String($0.prefix(Self.longestObject)) }
        self.detail = detail
        self.caller = caller
    }

    /// Whoever has not proved who he is.
    static let anonymous = "anonymous"

    static func actor(_ user: UserID) -> String { "user:\(user)" }
}

extension VerifiedIdentity {
    /// As the audit log names it.
    var actor: String {
        switch principal.kind {
        case .user(let user, _): AuditRecord.actor(user)
        case .apiKey(let key, _): "key:\(publicKeyID ?? key.description)"
        // What is shown to nobody in particular nobody has done; the device stands in the entry.
        case .device, .system: AuditRecord.anonymous
        }
    }
}
