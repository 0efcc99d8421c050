/// DowntimeThresholdFilter: seconds after which silence is a stop, for this question only; null means each line's own.
package enum DowntimeThresholdFilter {
    package static let range: ClosedRange<Int64> = 1...86_400

    /// Reads `downtime_threshold`.
    package static func read(_ fields: inout JSONFields) -> Int? {
        fields.integer(FilterKind.downtimeThreshold.parameter, in: range).map(Int.init)
    }
}
