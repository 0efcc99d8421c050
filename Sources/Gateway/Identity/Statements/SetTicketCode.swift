import PostgresClient

/// The code that was sent last for a sign-in.
enum SetTicketCode {
    static func statement(hash: [UInt8], codeHash: [UInt8]) -> Statement {
        Statement(
            "SetTicketCode",
            """
            UPDATE otp_ticket SET sms_code_hash = \(Parameter.bytes(codeHash))
            WHERE hash = \(Parameter.bytes(hash)) AND used_at IS NULL
            """
        )
    }
}
