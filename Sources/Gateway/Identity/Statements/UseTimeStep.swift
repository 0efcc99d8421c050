import PostgresClient
import Shared

/// Uses the code of a step up. No row is touched when it was used before, or a later one was, unless that is the very
/// next: so each step counts once, and of what is older than both nothing does, whatever the clock says.
enum UseTimeStep {
    static func statement(_ step: Int64, of user: UserID) -> Statement {
        Statement(
            "UseTimeStep",
            """
            UPDATE second_factor
            SET is_step_before_used = abs(last_step - \(step)) = 1, last_step = greatest(last_step, \(step))
            WHERE user_id = \(Int32(user.rawValue)) AND method = 'totp'
                AND (last_step < \(step) OR last_step = \(step) + 1 AND NOT is_step_before_used)
            """
        )
    }
}
