import Identity
import PostgresClient
import Shared

/// The second factor by message: telephones are enrolled with a code that is sent to them, and at a sign-in another one is.
///
/// A number that has not sent its code back receives at most as many messages as `SMSAllowance` lets through.
struct MessageCodes: Sendable {
    static let lifetimeSeconds = 300.0

    let pool: PostgresPool
    let factors: SecondFactors
    let gateway: SMSGateway
    let allowance: SMSAllowance
    let localisations: Localisations

    /// Sends a code to a telephone that is to be the user's second factor.
    ///
    /// - Throws: `rateLimited`, `smsUnavailable`.
    func enrol(_ phone: PhoneNumber, by owner: SecondFactors.Owner, in language: LanguageCode) async throws {
        try allowance.take(phone, for: owner.user)
        let code = Self.code()
        try await factors.start(
            .sms, secret: Array("\(phone.text) \(code)".utf8), lifetimeSeconds: Self.lifetimeSeconds, by: owner)
        try await gateway.send(localisations.message(code: code, in: language), to: phone)
    }

    /// Puts the telephone in force when the code is the one it was sent.
    ///
    /// - Throws: `conflict` when no telephone waits in this session, `invalid` for a wrong code.
    func confirm(_ code: String, by owner: SecondFactors.Owner) async throws -> [RecoveryCode] {
        try await factors.confirm(.sms, by: owner) { enrolled in
            let parts = enrolled.split(separator: UInt8(ascii: " "))
            guard parts.count == 2, ConstantTime.areEqual(parts[1], Self.typed(code)) else { return nil }
            return (Array(parts[0]), 0)
        }
    }

    /// Sends a code for a sign-in that waits for one; it replaces what was sent for it before.
    ///
    /// - Throws: `invalidCode` for a ticket that is over or whose owner has no telephone, `rateLimited`, `smsUnavailable`.
    func send(ticket: String, in language: LanguageCode) async throws {
        let hash = ContentDigest.sha256(Array(ticket.utf8))
        let deadline = SecondFactors.deadline
        guard
            let known = try await FindTicket.read(
                pool.query(FindTicket.statement(hash: hash), deadline: deadline)),
            let telephone = try await factors.all(of: known.user).first(where: { $0.method == .sms })
        else { throw Fault(code: .invalidCode) }
        let number = String(decoding: try factors.open(telephone.sealedSecret, known.user, .sms), as: UTF8.self)
        guard let phone = PhoneNumber(typed: number) else { throw Fault(code: .internal) }
        try allowance.take(phone, for: known.user)
        let code = Self.code()
        try await pool.execute(
            SetTicketCode.statement(hash: hash, codeHash: Self.hash(of: code, for: ticket)), deadline: deadline)
        try await gateway.send(localisations.message(code: code, in: language), to: phone)
    }

    /// How a code that was sent is stored: hashed together with its ticket, which is random and stored nowhere, so that
    /// the million codes there are cannot be tried on the hash alone.
    static func hash(of code: String, for ticket: String) -> [UInt8] {
        ContentDigest.sha256(Array(ticket.utf8) + typed(code))
    }

    private static func typed(_ code: String) -> [UInt8] { code.utf8.filter { $0 != UInt8(ascii: " ") } }

    private static func code() -> String {
        var generator = SystemRandomNumberGenerator()
        let text = String(UInt32.random(in: 0..<1_000_000, using: &generator))
        return String(repeating: "0", count: TimeBasedCode.digits - text.count) + text
    }
}
