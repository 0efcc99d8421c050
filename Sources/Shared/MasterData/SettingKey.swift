/// What a tenant sets once for all its plants. The raw value is the key in paths and answers.
package enum SettingKey: String, CaseIterable, Sendable {
    /// Seconds: the stop threshold of a line whose body leaves it out.
    case defaultDowntimeThreshold = "line.default_downtime_threshold_seconds"
    /// Whole months before the current one whose detections stay in the database; 0: all. Older ones go to the archive.
    case hotMonths = "retention.hot_months"

    /// The whole numbers it may be set to.
    package var range: ClosedRange<Int64> {
        switch self {
        case .defaultDowntimeThreshold: LineBody.thresholdSeconds
        case .hotMonths: 0...1_200
        }
    }

    /// What holds until somebody sets it.
    package var standard: Int64 {
        switch self {
        case .defaultDowntimeThreshold: 300
        case .hotMonths: 0
        }
    }
}

/// What a client sets a key to.
package struct SettingBody: Sendable {
    package var value: Int64

    /// - Throws: `invalidJSON`, or `invalid` with every fault of the body at once.
    package static func read(_ key: SettingKey, _ bytes: [UInt8]) throws(Fault) -> SettingBody {
        var fields = try JSONFields(body: bytes)
        let body = SettingBody(key, &fields)
        try fields.finish()
        return body
    }

    private init(_ key: SettingKey, _ fields: inout JSONFields) {
        value = fields.required(fields.integer("value", in: key.range), "value", key.standard)
    }

    /// What is taken, of whatever key.
    package static var shape: JSONShape {
        .either(SettingKey.allCases.map { key in JSONFields.shape { _ = SettingBody(key, &$0) } })
    }
}
