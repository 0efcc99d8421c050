/// What the sealed password of a tenant's worker is bound to, so that one tenant's cannot stand for another's.
package enum WorkerPasswordPurpose {
    package static func of(database: String) -> String { "tenant_worker_password:\(database)" }
}
