import HTTPTypes
import Shared

extension JSONShape {
    /// What every refusal answers.
    static let problem = JSONShape.object([
        "type": words(["about:blank"]), "title": text, "status": integer(400...599), "code": words(of: FaultCode.self),
        "detail": text, "request_id": text,
        "limit": .optional(words(of: LimitName.self).described("Which limit was met, of 429.")),
        "otp_ticket": .optional(text.described("Of `otp_required`: what the second step is taken with, once.")),
        "methods": .optional(
            .list(words(of: SecondFactorMethod.self)).described("Of `otp_required`: what the user has enrolled.")),
        "errors": .optional(
            .list(
                object([
                    "param": text.described("The parameter, or the path of a field: `breaks[1].start_time`."),
                    "code": words(of: ParameterFaultCode.self), "message": text,
                ]))),
    ]).named("Problem")

    /// The same with the codes that are meant.
    static func problem(_ refusal: DocumentedOperation.Refusal) -> JSONShape {
        .all([
            problem,
            .object([
                "status": integer(Int64(refusal.status.code)...Int64(refusal.status.code)),
                "code": .words(refusal.codes.map(\.rawValue)),
            ]),
        ])
    }
}
