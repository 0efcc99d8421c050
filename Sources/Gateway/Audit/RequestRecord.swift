/// What is remembered for good of a request that a route has served.
enum RequestRecord: Sendable {
    /// Nothing but its line in the access log.
    case none
    /// An entry in the audit log: it changes something.
    case change(AuditedChange)
    /// That a person asked it, in `user_query`.
    case query
}
