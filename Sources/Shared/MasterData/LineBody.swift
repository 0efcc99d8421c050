/// What a client says of a production line.
package struct LineBody: MasterDataBody {
    package static let thresholdSeconds: ClosedRange<Int64> = 1...86_400
    package static let ratePerMinute: ClosedRange<Double> = 0...100_000
    /// One unit in two years; 0 means that there is none.
    package static let leastRatePerMinute = 0.000_001

    package var plant: PlantID
    package var code: String
    package var name: String
    /// Units per minute; 0 and nil mean that it is unknown.
    package var ratePerMinute: Double?
    /// Nil: the tenant's own default.
    package var thresholdSeconds: Int64?
    /// A stop of at most this length is a micro-stop; nil: there are none.
    package var microStopSeconds: Int64?
    package var autoDetectsDowntime: Bool
    package var commissionedAt: Instant?
    package var decommissionedAt: Instant?
    package var targetOEE: Double?
    /// Without a sign of the camera for longer the line is not observed; nil: it is not watched.
    package var heartbeatTimeoutSeconds: Int64?
    package var isActive: Bool
    package var validFrom: ValidFrom?

    package init(_ fields: inout JSONFields) {
        plant = fields.required(fields.identifier("plant_id"), "plant_id", PlantID(1))
        code = fields.name("line_code")
        name = fields.name("line_name")
        ratePerMinute = fields.rate("rate_per_minute")
        thresholdSeconds = fields.integer("downtime_threshold_seconds", in: Self.thresholdSeconds)
        microStopSeconds = fields.integer("micro_stop_seconds", in: Self.thresholdSeconds)
        autoDetectsDowntime = fields.bool("auto_detect_downtime") ?? true
        commissionedAt = fields.wholeMinute("commissioned_at")
        decommissionedAt = fields.wholeMinute("decommissioned_at")
        targetOEE = fields.number("target_oee", in: 0...1)
        heartbeatTimeoutSeconds = fields.integer("heartbeat_timeout_seconds", in: Self.thresholdSeconds)
        isActive = fields.bool("is_active") ?? true
        validFrom = fields.validFrom()
        if let thresholdSeconds { noteMicroStop(notAbove: thresholdSeconds, &fields) }
        if let commissionedAt, let decommissionedAt, decommissionedAt <= commissionedAt {
            fields.fault("decommissioned_at", .endsBeforeStart)
        }
    }

    /// Notes a micro band that has no room above the threshold.
    package func noteMicroStop(notAbove threshold: Int64, _ fields: inout JSONFields) {
        guard let microStopSeconds, microStopSeconds <= threshold else { return }
        guard !fields.hasFault("micro_stop_seconds") else { return }
        fields.fault("micro_stop_seconds", .outOfRange, limit: "> \(threshold)")
    }

    /// When the line leaves commission: as given, and where nothing is given but that it is inactive, now.
    ///
    /// - Parameter before: when it left so far; that stays when it is past and nothing else is given.
    package func decommissioned(at now: Instant, before: Instant?) -> Instant? {
        if isActive || decommissionedAt != nil { return decommissionedAt }
        return Self.decommissioned(at: now, before: before, commissionedAt: commissionedAt)
    }

    /// When a line leaves commission that is deactivated now: at the end of this minute, but a minute after it came in at
    /// the earliest; or when it left before.
    package static func decommissioned(at now: Instant, before: Instant?, commissionedAt: Instant?) -> Instant {
        let commissioned = commissionedAt ?? Instant(minute: 0)
        if let before, before <= now, before > commissioned { return before }
        let endOfMinute = Instant(minute: (now + (Instant.microsecondsPerMinute - 1)).minute)
        return max(endOfMinute, commissioned + Instant.microsecondsPerMinute)
    }
}

extension JSONFields {
    /// Units per minute: 0, or one that figures can be made of.
    mutating func rate(_ name: String) -> Double? {
        note(name, JSONShape.number(LineBody.ratePerMinute).described("Units per minute; 0 means that it is unknown."))
        guard let rate = number(name, in: LineBody.ratePerMinute) else { return nil }
        guard rate == 0 || rate >= LineBody.leastRatePerMinute else {
            fault(name, .outOfRange, limit: "0, 0.000001…100000")
            return nil
        }
        return rate
    }
}
