/// What a person can prove himself with beside the password. The raw values are those of the database and the API.
enum SecondFactorMethod: String, CaseIterable, Sendable {
    /// A code that an application makes.
    case totp
    /// A code that is sent to a telephone.
    case sms
}
