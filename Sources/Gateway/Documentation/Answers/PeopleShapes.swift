import Shared

/// What the routes of people, of one's own account and of the audit log answer.
extension JSONShape {
    static let user = JSONShape.object([
        "user_id": id, "username": text, "email": text, "role": words(of: Role.self), "is_super_admin": boolean,
        "permissions": .list(words(of: Permission.self)), "plant_ids": .list(id).orNull, "is_active": boolean,
        "created_at": instant,
    ]).named("User")

    /// A sign-in that holds.
    static let session = JSONShape.object([
        "sid": text, "kind": words(["api", "page"]), "tenant": text, "created_at": instant, "last_seen_at": instant,
        "expires_at": instant,
        "address": text.orNull.described("Where it began; null: on this machine, or not known."),
        "user_agent": text.orNull, "current": boolean.described("Whether it is the one that asks."),
    ]).named("Session")

    /// What an application makes codes of.
    static let applicationSeed = JSONShape.object([
        "secret": text.described("In Base32, as applications take it."),
        "otpauth_uri": text.described("The same as an address, for a QR code."),
    ]).named("ApplicationSeed")

    /// The only answer that has them.
    static let recoveryCodes = JSONShape.object([
        "recovery_codes": .list(text).described("Each good for one sign-in; shown this once.")
    ]).named("RecoveryCodes")

    static let auditEntry = JSONShape.object([
        "audit_id": integer(1...Int64.max), "recorded_at": instant, "actor": text, "actor_name": text.orNull,
        "action": text, "object": text.orNull, "detail": .map(.any).orNull, "address": text.orNull,
        "request_id": text.orNull,
        "hash": text(pattern: "^[0-9a-f]{64}$", example: String(repeating: "0", count: 64)),
    ]).named("AuditEntry")

    /// An attempt to sign in.
    static let signIn = JSONShape.object([
        "sign_in_id": integer(1...Int64.max), "attempted_at": instant, "user_id": id, "username": text,
        "success": boolean, "reason": text.orNull.described("Why it was refused; null: it was not."),
        "address": text.orNull,
    ]).named("SignIn")
}
