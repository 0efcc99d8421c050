import HTTPTypes
import NIOCore
import Shared

/// What the audit log tells of a change that a route makes by a worker.
struct AuditedChange: Sendable {
    /// What was done, as `plant.changed`.
    var action: String
    /// What the thing is, as `plant`.
    var kind: String
    /// The fields of the answer, else of the request's body, that name the thing; else the path does.
    var names: [String]
    /// Whether `dry_run` makes it change nothing.
    var hasTrials: Bool

    init(_ action: String, of kind: String, namedBy names: String..., hasTrials: Bool = false) {
        self.action = action
        self.kind = kind
        self.names = names
        self.hasTrials = hasTrials
    }

    func isTrial(_ request: Request) -> Bool {
        hasTrials && QueryItems(request.uri.query ?? "").firstValues["dry_run"] == "true"
    }

    /// The entry about a request that was served, or of which nobody knows whether it was.
    ///
    /// - Parameter response: nil: its outcome is unknown.
    func record(of context: TenantContext, body: ByteBuffer, response: Response?) -> AuditRecord {
        let request = context.request
        var json = JSONWriter()
        json.object { json in
            json.field("method", request.method.rawValue)
            if let response {
                json.field("status", response.status.code)
            } else {
                json.field("outcome", "unknown")
            }
            if let key = request.headers[.idempotencyKey] { json.field("idempotency_key", String(key.prefix(255))) }
            // A person's doing at a shared tablet.
            if let device = context.identity.device { json.field("device_id", device.id.rawValue) }
            AuditedBody.write(body, to: &json)
        }
        return AuditRecord(
            actor: context.identity.actor,
            tenant: context.tenant,
            action: action,
            object: object(answer: response?.whole, parameters: context.open.parameters, body: body),
            detail: String(decoding: json.bytes, as: UTF8.self),
            from: context.open.caller
        )
    }

    private func object(answer: ByteBuffer?, parameters: [Substring], body: ByteBuffer) -> String? {
        if let answer, let named = named(in: answer) { return "\(kind):\(named)" }
        if !parameters.isEmpty { return "\(kind):\(parameters.joined(separator: "/"))" }
        return named(in: body).map { "\(kind):\($0)" }
    }

    /// The values of the fields that name the thing; nil unless all of them are there.
    private func named(in bytes: ByteBuffer) -> String? {
        guard !names.isEmpty, case .object(let members)? = try? JSONReader.value(of: Array(buffer: bytes)) else {
            return nil
        }
        var values: [String] = []
        for name in names {
            switch members.first(where: { $0.key == name })?.value {
            case .integer(let number): values.append(String(number))
            case .string(let text): values.append(text)
            case .null, .bool, .number, .array, .object, nil: return nil
            }
        }
        return values.joined(separator: "/")
    }
}

extension Response {
    /// The body, when it is at hand.
    var whole: ByteBuffer? {
        switch body.content {
        case .whole(let bytes): bytes
        case .written: nil
        }
    }
}
