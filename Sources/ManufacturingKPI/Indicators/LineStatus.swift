package import Shared

/// What a line does right now, in the order of precedence of domain §6.
package enum LineStatus: Hashable, Sendable {
    /// Why a line is not planned.
    package enum IdleReason: Hashable, Sendable {
        case outsideShifts
        case inBreak(name: String)
        case closed(name: String)
        case notCommissioned
    }

    /// Whether now lies in the line's own planned time.
    package enum Plan: Hashable, Sendable {
        case planned
        /// `until`: when planned time begins again, nil when that is not known.
        case idle(IdleReason, until: Instant?)
    }

    case running
    /// Inside a registered stop.
    case stoppedByPerson(id: StopID?, since: Instant)
    case idle(IdleReason, until: Instant?)
    /// Watched, and no sign of life for longer than its time-out.
    case noData
    /// Silent for longer than running explains, but not beyond the threshold. `silentFor` in microseconds.
    case waiting(silentFor: Int64)
    case stopped(since: Instant)

    /// The name as it is sent.
    package var name: String {
        switch self {
        case .running: "running"
        case .stoppedByPerson, .stopped: "stopped"
        case .idle: "idle"
        case .noData: "no_data"
        case .waiting: "waiting"
        }
    }

    /// Below this silence a line runs whatever its rate, microseconds.
    static let shortestSilence: Int64 = 15_000_000

    /// - Parameters:
    ///   - lastDetection: the newest one not after now; nil when there is none.
    ///   - settings: of the line; its version now gives cycle and threshold. Without calculated stops it waits.
    ///   - registered: the registered stop that contains now.
    ///   - plan: of the line's own planned time.
    ///   - lacksHeartbeat: watched and without a sign of life for longer than its time-out.
    ///   - ongoingSince: start of the ongoing calculated stop when it is known: it may begin before a lone last unit.
    package init(
        lastDetection: Instant?, settings: LineSettings, registered: RegisteredStop?, plan: Plan,
        lacksHeartbeat: Bool, ongoingSince: Instant? = nil, now: Instant
    ) {
        // The cycle is the nominal one of now, the threshold that of the silence's own start: as the stops have it.
        let cycle = settings.version(at: now).knownRate.map { 60_000_000 / $0 } ?? 0
        let running = max(Double(Self.shortestSilence), 3 * cycle)
        if let lastDetection, Double(now - lastDetection) <= running {
            self = .running
            return
        }
        if let registered, registered.start <= now, registered.end.map({ now < $0 }) ?? true {
            self = .stoppedByPerson(id: registered.id, since: registered.start)
            return
        }
        if case .idle(let reason, let until) = plan {
            self = .idle(reason, until: until)
            return
        }
        if lacksHeartbeat {
            self = .noData
            return
        }
        let silentSince = lastDetection ?? settings.commissionedAt
        let silence = max(0, now - silentSince)
        if !settings.detectsStops || silence <= settings.version(at: silentSince).downtimeThreshold {
            self = .waiting(silentFor: silence)
        } else {
            self = .stopped(since: ongoingSince ?? silentSince)
        }
    }
}
