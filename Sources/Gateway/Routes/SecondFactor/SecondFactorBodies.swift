import Shared

/// The password anew, where a change needs it; refused as `reauth_required` when it is missing or wrong.
struct OwnPasswordBody: JSONBody {
    let password: String?

    init(_ fields: inout JSONFields) {
        password = fields.plainString("password")
    }
}

/// A code that proves that a second factor works.
struct OneTimeCodeBody: JSONBody {
    let code: String

    init(_ fields: inout JSONFields) {
        code = fields.required(fields.plainString("otp"), "otp", "")
    }
}

/// The ticket of a sign-in that waits for its second step.
struct TicketBody: JSONBody {
    let ticket: String

    init(_ fields: inout JSONFields) {
        ticket = fields.required(fields.plainString("otp_ticket"), "otp_ticket", "")
    }
}

/// The second step of a sign-in: a code, or a recovery code in place of it.
struct SecondStepBody: JSONBody {
    let ticket: String
    let proof: SignIn.SecondProof

    init(_ fields: inout JSONFields) {
        ticket = TicketBody(&fields).ticket
        let code = fields.plainString("otp")
        if let recoveryCode = fields.plainString("recovery_code") {
            if code != nil { fields.fault("recovery_code", .notAllowed) }
            proof = .recoveryCode(recoveryCode)
        } else {
            if code == nil, !fields.hasFault("otp") { fields.fault("otp", .required) }
            proof = .code(code ?? "")
        }
    }
}

/// A telephone to send codes to.
struct PhoneBody: JSONBody {
    let password: String?
    /// Nil after a fault.
    let phone: PhoneNumber?

    init(_ fields: inout JSONFields) {
        password = OwnPasswordBody(&fields).password
        let example = "+5491123456789"
        fields.note("phone", .text(JSONShape.Text(example: example)))
        phone = PhoneNumber(typed: fields.required(fields.plainString("phone"), "phone", ""))
        if phone == nil, !fields.hasFault("phone") { fields.fault("phone", .invalidFormat, limit: example) }
    }
}
