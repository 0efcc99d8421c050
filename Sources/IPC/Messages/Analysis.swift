package import NIOCore
package import Shared

/// The key figures of lines over a period, whole or in parts, and beside them those of another period.
package struct ReadIndicators: WorkerCall {
    package static let kind = CallKind.readIndicators
    package var mayBeRepeated: Bool { true }

    package var query: AnalysisQuery
    package var grouping: IndicatorGrouping
    /// The period compared with.
    package var comparison: PeriodRequest?

    package init(
        query: AnalysisQuery,
        grouping: IndicatorGrouping = IndicatorGrouping(),
        comparison: PeriodRequest? = nil
    ) {
        self.query = query
        self.grouping = grouping
        self.comparison = comparison
    }

    package func write(to buffer: inout ByteBuffer) {
        query.write(to: &buffer)
        buffer.writeWireOptional(grouping.interval) { $0.writeWireString($1.rawValue) }
        buffer.writeWireOptional(grouping.group) { $0.writeWireString($1.rawValue) }
        buffer.writeWireOptional(comparison) { $1.write(to: &$0) }
    }

    package init(from buffer: inout ByteBuffer) throws(WireError) {
        query = try AnalysisQuery(from: &buffer)
        let interval = try buffer.readWireOptional { (buffer) throws(WireError) in
            guard let interval = IndicatorInterval(rawValue: try buffer.readWireString()) else {
                throw .invalidValue("interval")
            }
            return interval
        }
        let group = try buffer.readWireOptional { (buffer) throws(WireError) in
            guard let group = IndicatorGroup(rawValue: try buffer.readWireString()) else {
                throw .invalidValue("group")
            }
            return group
        }
        grouping = IndicatorGrouping(interval: interval, group: group)
        comparison = try buffer.readWireOptional { (buffer) throws(WireError) in try PeriodRequest(from: &buffer) }
    }
}

/// Units made per bucket of time.
package struct ReadProduction: WorkerCall {
    package static let kind = CallKind.readProduction
    package var mayBeRepeated: Bool { true }

    package var query: AnalysisQuery
    package var interval: BucketSize
    package var split: ProductionSplit

    package init(query: AnalysisQuery, interval: BucketSize, split: ProductionSplit) {
        self.query = query
        self.interval = interval
        self.split = split
    }

    package func write(to buffer: inout ByteBuffer) {
        query.write(to: &buffer)
        buffer.writeWireString(interval.rawValue)
        buffer.writeWireString(split.rawValue)
    }

    package init(from buffer: inout ByteBuffer) throws(WireError) {
        query = try AnalysisQuery(from: &buffer)
        guard let interval = BucketSize(rawValue: try buffer.readWireString()) else { throw .invalidValue("interval") }
        guard let split = ProductionSplit(rawValue: try buffer.readWireString()) else { throw .invalidValue("split") }
        self.interval = interval
        self.split = split
    }
}

/// One page of the stops of lines in a period, newest first.
package struct ListDowntimes: WorkerCall {
    package static let kind = CallKind.listDowntimes
    package var mayBeRepeated: Bool { true }

    package var query: AnalysisQuery
    /// Only stops with a cause, or only those without.
    package var justified: Bool?
    /// Only micro-stops, or only longer ones.
    package var micro: Bool?
    /// Only stops of at least this length.
    package var minimumSeconds: UInt32
    /// 1…1 000.
    package var limit: UInt16
    /// The stop after which the page starts; nil for the first page.
    package var cursor: NewestFirstCursor?

    package init(
        query: AnalysisQuery,
        justified: Bool? = nil,
        micro: Bool? = nil,
        minimumSeconds: UInt32 = 0,
        limit: UInt16,
        cursor: NewestFirstCursor? = nil
    ) {
        self.query = query
        self.justified = justified
        self.micro = micro
        self.minimumSeconds = minimumSeconds
        self.limit = limit
        self.cursor = cursor
    }

    package func write(to buffer: inout ByteBuffer) {
        query.write(to: &buffer)
        buffer.writeWireOptional(justified) { $0.writeInteger(UInt8($1 ? 1 : 0)) }
        buffer.writeWireOptional(micro) { $0.writeInteger(UInt8($1 ? 1 : 0)) }
        buffer.writeInteger(minimumSeconds)
        buffer.writeInteger(limit)
        buffer.writeWireOptional(cursor) { $1.write(to: &$0) }
    }

    package init(from buffer: inout ByteBuffer) throws(WireError) {
        query = try AnalysisQuery(from: &buffer)
        justified = try buffer.readWireOptional { (buffer) throws(WireError) in
            try buffer.readWireInteger(as: UInt8.self) != 0
        }
        micro = try buffer.readWireOptional { (buffer) throws(WireError) in
            try buffer.readWireInteger(as: UInt8.self) != 0
        }
        minimumSeconds = try buffer.readWireInteger()
        limit = try buffer.readWireInteger()
        cursor = try buffer.readWireOptional { (buffer) throws(WireError) in try NewestFirstCursor(from: &buffer) }
    }
}

/// What every line is doing at this moment.
package struct ReadLineStatus: WorkerCall {
    package static let kind = CallKind.readLineStatus
    package var mayBeRepeated: Bool { true }

    package var plant: PlantID?

    package init(plant: PlantID? = nil) {
        self.plant = plant
    }

    package func write(to buffer: inout ByteBuffer) {
        buffer.writeWireOptional(plant) { $0.writeInteger($1.rawValue) }
    }

    package init(from buffer: inout ByteBuffer) throws(WireError) {
        plant = try buffer.readWireOptional { (buffer) throws(WireError) in PlantID(try buffer.readWireInteger()) }
    }
}

/// The data of a dashboard's tiles. Body: the JSON of POST /dashboard/data, whose shape the gateway has checked.
package struct QueryDashboard: WorkerCall {
    package static let kind = CallKind.queryDashboard
    package var mayBeRepeated: Bool { true }

    /// Takes the place of the body's dates, which know no instants.
    package var period: PeriodRequest?
    /// Whether trends compare with the same days of the week before, up to the moment that corresponds to now.
    package var comparesWithWeekBefore = false
    /// Whether the caller looks through the rows of tables itself and wants all there are to look through.
    package var isSearchedByCaller = false

    package init(
        period: PeriodRequest? = nil, comparesWithWeekBefore: Bool = false, isSearchedByCaller: Bool = false
    ) {
        self.period = period
        self.comparesWithWeekBefore = comparesWithWeekBefore
        self.isSearchedByCaller = isSearchedByCaller
    }

    package func write(to buffer: inout ByteBuffer) {
        buffer.writeWireOptional(period) { $1.write(to: &$0) }
        buffer.writeInteger(UInt8(comparesWithWeekBefore ? 1 : 0))
        buffer.writeInteger(UInt8(isSearchedByCaller ? 1 : 0))
    }

    package init(from buffer: inout ByteBuffer) throws(WireError) {
        // An older gateway has nothing to say.
        guard buffer.readableBytes > 0 else { return }
        period = try buffer.readWireOptional { (buffer) throws(WireError) in try PeriodRequest(from: &buffer) }
        comparesWithWeekBefore = try buffer.readWireInteger(as: UInt8.self) != 0
        guard buffer.readableBytes > 0 else { return }
        isSearchedByCaller = try buffer.readWireInteger(as: UInt8.self) != 0
    }
}

/// What happens on the lines, as it happens.
package struct FollowEvents: WorkerCall {
    package static let kind = CallKind.followEvents
    package var mayBeRepeated: Bool { true }

    /// The id of the last event the client has seen, `<generation>-<n>`, or nil for a new client.
    package var lastEventID: String?

    package init(lastEventID: String? = nil) {
        self.lastEventID = lastEventID
    }

    package func write(to buffer: inout ByteBuffer) {
        buffer.writeWireOptional(lastEventID) { $0.writeWireString($1) }
    }

    package init(from buffer: inout ByteBuffer) throws(WireError) {
        lastEventID = try buffer.readWireOptional { (buffer) throws(WireError) in try buffer.readWireString() }
    }
}

/// The same of some lines. What concerns no line comes in any case.
package struct FollowLineEvents: WorkerCall {
    package static let kind = CallKind.followLineEvents
    package var mayBeRepeated: Bool { true }

    package var lastEventID: String?
    package var lines: LineSelection
    package var plant: PlantID?

    package init(lastEventID: String? = nil, lines: LineSelection, plant: PlantID? = nil) {
        self.lastEventID = lastEventID
        self.lines = lines
        self.plant = plant
    }

    package func write(to buffer: inout ByteBuffer) {
        buffer.writeWireOptional(lastEventID) { $0.writeWireString($1) }
        lines.write(to: &buffer)
        buffer.writeWireOptional(plant) { $0.writeInteger($1.rawValue) }
    }

    package init(from buffer: inout ByteBuffer) throws(WireError) {
        lastEventID = try buffer.readWireOptional { (buffer) throws(WireError) in try buffer.readWireString() }
        lines = try LineSelection(from: &buffer)
        plant = try buffer.readWireOptional { (buffer) throws(WireError) in PlantID(try buffer.readWireInteger()) }
    }
}
