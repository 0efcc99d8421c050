/// What a sealed secret of a second factor is bound to, so that one person's cannot stand for another's, nor a telephone
/// number for a seed.
package enum SecondFactorPurpose {
    /// - Parameter method: `totp` or `sms`.
    package static func of(user: Int64, method: String) -> String { "second_factor:\(method):\(user)" }

    /// Of one that is enrolled and not confirmed.
    package static func enrolling(user: Int64, method: String) -> String { "second_factor_enrolment:\(method):\(user)" }
}
