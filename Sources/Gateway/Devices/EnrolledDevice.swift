import Shared

/// A screen or tablet of the shop floor that may be used now, with all that it shows: nothing of that comes from a request.
struct EnrolledDevice: Hashable, Sendable {
    var id: DeviceID
    var tenant: TenantID
    var kind: DeviceKind
    var name: String
    /// In the order shown.
    var lines: [LineID]
    /// Those that the lines stand in.
    var plants: [PlantID]
    var look: Theme
    var language: LanguageCode
    /// Of an andon, how long a stop lasts before it sounds; nil: none does.
    var alarmAfterSeconds: Int?
    /// Of an andon, whether only pages with a stopped line are shown while there is one.
    var holdsStopped: Bool
    /// Nil: never.
    var expiresAt: Instant?

    /// Where its page is.
    var path: String { kind.path }
}

extension DeviceKind {
    /// Where its page is, below the site's own path.
    var path: String {
        switch self {
        case .andon: "/andon"
        case .shiftBoard: "/shift-board"
        case .station: "/station"
        }
    }
}
