import PostgresClient
import Shared

/// The second factors of a user, in force, the application before messages.
enum ListSecondFactors {
    struct Row: Sendable {
        var method: SecondFactorMethod
        var sealedSecret: [UInt8]
    }

    static func statement(_ user: UserID) -> Statement {
        Statement(
            "ListSecondFactors",
            """
            SELECT method, secret_sealed FROM second_factor WHERE user_id = \(Int32(user.rawValue))
            ORDER BY method = 'sms'
            """,
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> [Row] {
        var factors: [Row] = []
        for row in rows {
            guard let method = SecondFactorMethod(rawValue: try row.value(0)) else { continue }
            factors.append(Row(method: method, sealedSecret: try row.value(1, as: PostgresBytes.self).bytes))
        }
        return factors
    }
}
