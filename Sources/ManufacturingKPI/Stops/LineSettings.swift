package import Shared

/// What a line is set to from one date on. Durations in microseconds, the rate in units per minute.
package struct LineVersion: Hashable, Sendable {
    /// Nominal rate; nil or not positive means unknown.
    package var ratePerMinute: Double?
    /// A gap strictly longer than this is a stop.
    package var downtimeThreshold: Int64
    /// A calculated stop of at most this planned length is a micro-stop; nil: there are none.
    package var microStop: Int64?
    /// 0…1, nil when none is set.
    package var targetOEE: Double?

    package init(
        ratePerMinute: Double?, downtimeThreshold: Int64, microStop: Int64? = nil, targetOEE: Double? = nil
    ) {
        self.ratePerMinute = ratePerMinute
        self.downtimeThreshold = downtimeThreshold
        self.microStop = microStop
        self.targetOEE = targetOEE
    }

    /// The nominal rate when it is known.
    package var knownRate: Double? {
        guard let ratePerMinute, ratePerMinute > 0 else { return nil }
        return ratePerMinute
    }
}

/// The settings of a line that its stops and figures depend on.
package struct LineSettings: Sendable {
    /// At least one; before the first one's start that first one holds.
    package let versions: EffectiveDated<LineVersion>
    /// False: the line has no calculated stops; registered ones still count.
    package let detectsStops: Bool
    /// The line's commissioning, already resolved where none was typed (domain §1).
    package let commissionedAt: Instant
    package let decommissionedAt: Instant?

    /// - Precondition: `versions` is not empty.
    package init(
        versions: EffectiveDated<LineVersion>, detectsStops: Bool, commissionedAt: Instant, decommissionedAt: Instant?
    ) {
        precondition(!versions.values.isEmpty, "a line has at least one version of its settings")
        self.versions = versions
        self.detectsStops = detectsStops
        self.commissionedAt = commissionedAt
        self.decommissionedAt = decommissionedAt
    }

    /// The version valid at an instant.
    package func version(at instant: Instant) -> LineVersion {
        versions.values[versions.index(at: instant.microseconds) ?? 0]
    }
}
