import PostgresClient
import Shared

/// Takes every second factor of a user away, with what is enrolled and the recovery codes; gives how many there were.
enum DeleteSecondFactors {
    static func statement(_ user: UserID) -> Statement {
        Statement(
            "DeleteSecondFactors",
            """
            WITH enrolled AS (DELETE FROM second_factor_enrolment WHERE user_id = \(Int32(user.rawValue))),
                codes AS (DELETE FROM recovery_code WHERE user_id = \(Int32(user.rawValue)))
            DELETE FROM second_factor WHERE user_id = \(Int32(user.rawValue))
            """
        )
    }
}
