import PostgresClient
import Shared

/// POST and PUT of /devices. A kind is given once, with POST.
struct DeviceBody: Sendable {
    private static let mostLines = 100
    private static let alarmSeconds: ClosedRange<Int64> = 60...86_400
    /// How long a screen lasts unless told otherwise.
    private static let standardLife: Int64 = 365 * 86_400_000_000

    var kind: DeviceKind
    var name: String
    /// In the order shown.
    var lines: [LineID]
    var look: Theme
    var language: LanguageCode
    /// Whole minutes.
    var alarmAfterSeconds: Int64?
    var holdsStopped: Bool
    /// Nil: never; of a station alone.
    var expiresAt: Instant?

    /// - Parameter present: the kind of the device that is changed; nil: a new one.
    init(
        _ fields: inout JSONFields, now: Instant, present: DeviceKind? = nil, language standard: LanguageCode = .spanish
    ) {
        if let present {
            kind = present
        } else {
            kind = fields.required(fields.choice("kind", of: DeviceKind.self), "kind", .station)
        }
        name = fields.name("name")
        lines = fields.required(fields.distinctIdentifiers("line_ids", as: LineID.self), "line_ids", [])
        if lines.isEmpty, !fields.hasFault("line_ids") { fields.fault("line_ids", .required) }
        if lines.count > Self.mostLines { fields.fault("line_ids", .tooMany, limit: "\(Self.mostLines)") }
        look = fields.choice("look", of: Theme.self) ?? .system
        language = fields.choice("language", of: LanguageCode.self) ?? standard
        alarmAfterSeconds = fields.integer("alarm_after_seconds", in: Self.alarmSeconds)
        if alarmAfterSeconds != nil, kind != .andon, !fields.hasFault("kind") {
            fields.fault("alarm_after_seconds", .notAllowed, limit: "kind=andon")
        }
        if let alarmAfterSeconds, alarmAfterSeconds % 60 != 0 {
            fields.fault("alarm_after_seconds", .invalidFormat, limit: "n × 60")
        }
        holdsStopped = fields.bool("holds_stopped") ?? false
        if holdsStopped, kind != .andon, !fields.hasFault("kind") {
            fields.fault("holds_stopped", .notAllowed, limit: "kind=andon")
        }
        let given = fields.instant("expires_at")
        if let given, given <= now { fields.fault("expires_at", .outOfRange, limit: "> \(now)") }
        expiresAt = given ?? (kind == .station ? nil : now + Self.standardLife)
    }
}

extension DeviceBody {
    /// As the statements that store it take it.
    var expiry: PostgresTimestamp? { expiresAt.map { PostgresTimestamp(microseconds: $0.microseconds) } }
}

/// A PIN of a station, and the password anew.
struct StationPINBody: JSONBody {
    let password: String?
    /// Empty after a fault.
    let pin: String

    init(_ fields: inout JSONFields) {
        password = OwnPasswordBody(&fields).password
        fields.note("pin", .text(JSONShape.Text(pattern: "^[0-9]+$", lengths: StationPIN.lengths, example: "2580")))
        let given = fields.required(fields.plainString("pin"), "pin", "")
        switch fields.hasFault("pin") ? nil : StationPIN.fault(in: given) {
        case nil: break
        case .notDigits: fields.fault("pin", .invalidFormat)
        case .tooShort: fields.fault("pin", .tooShort, limit: "\(StationPIN.lengths.lowerBound)")
        case .tooLong: fields.fault("pin", .tooLong, limit: "\(StationPIN.lengths.upperBound)")
        case .tooSimple: fields.fault("pin", .tooSimple)
        }
        pin = given
    }
}
