import PostgresClient
import Shared

extension SignIn {
    /// How a session comes to be.
    enum Beginning: Sendable {
        /// With a password.
        case signIn
        /// From a session in another tenant: a page's is replaced by the new one, tokens go on beside it.
        case switching(SessionID)

        private var action: String {
            switch self {
            case .signIn: "session.started"
            case .switching: "session.switched"
            }
        }

        /// The audit log's entry about it, for the transaction that makes the session.
        ///
        /// - Parameter kind: `api` or `page`.
        func entry(of person: Person, kind: StaticString, from caller: InsertAuditEntry.Caller) -> Statement {
            var json = JSONWriter()
            json.object { $0.field("kind", kind.description) }
            return InsertAuditEntry.statement(
                user: person.user,
                tenant: person.membership.tenant,
                action: action,
                object: "tenant:\(person.membership.slug)",
                detail: String(decoding: json.bytes, as: UTF8.self),
                from: caller
            )
        }
    }
}
