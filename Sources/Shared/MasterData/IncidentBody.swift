/// What a client says of one coded cause inside a failure.
package struct IncidentBody: MasterDataBody {
    package var failure: FailureID
    package var code: String
    package var name: String
    package var description: String?
    package var solution: String?
    package var isActive: Bool

    package init(_ fields: inout JSONFields) {
        failure = fields.required(fields.identifier("failure_id"), "failure_id", FailureID(1))
        code = fields.name("incident_code")
        name = fields.name("incident_name")
        description = fields.optionalLines("description", upTo: FailureBody.textLimit)
        solution = fields.optionalLines("solution", upTo: FailureBody.textLimit)
        isActive = fields.bool("is_active") ?? true
    }
}
