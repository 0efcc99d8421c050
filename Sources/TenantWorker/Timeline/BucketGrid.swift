import Shared

/// The buckets of several lines as one row of places.
///
/// Lines of one zone share all buckets. Lines of several zones are put together by what the clock shows in each; where a
/// clock is put back, its first and its second 02:00 are two places.
struct BucketGrid {
    /// The buckets of one line, and where each stands in the grid.
    struct Column {
        let buckets: Buckets
        let places: [Int]
    }

    let size: BucketSize
    /// What the clock shows where each place begins.
    private(set) var clocks: [LocalDateTime] = []
    /// Of each place, in the zone of the first line that has it.
    private(set) var bounds: [Interval] = []
    /// One for each span, in their order.
    private(set) var columns: [Column] = []

    var count: Int { clocks.count }

    /// - Parameter spans: what each line's buckets have to cover, and the zone of its plant.
    init(_ size: BucketSize, over spans: [(zone: TimeZoneRules, interval: Interval)]) {
        self.size = size
        var hulls: [(zone: TimeZoneRules, interval: Interval)] = []
        for span in spans where !span.interval.isEmpty {
            if let known = hulls.firstIndex(where: { $0.zone.name == span.zone.name }) {
                hulls[known].interval = Interval(
                    start: min(hulls[known].interval.start, span.interval.start),
                    end: max(hulls[known].interval.end, span.interval.end)
                )
            } else {
                hulls.append(span)
            }
        }
        let buckets = hulls.map { Buckets(size, over: $0.interval, in: $0.zone) }
        let places = merge(buckets)
        columns = spans.map { span in
            guard let zone = hulls.firstIndex(where: { $0.zone.name == span.zone.name }) else {
                return Column(buckets: Buckets(size, over: span.interval, in: span.zone), places: [])
            }
            return Column(buckets: buckets[zone], places: places[zone])
        }
    }

    /// Puts the buckets of all zones together; gives the places of each zone's.
    private mutating func merge(_ zones: [Buckets]) -> [[Int]] {
        guard zones.count > 1 else {
            guard let only = zones.first else { return [] }
            clocks = only.clocks
            bounds = (0..<only.count).map { only.interval(at: $0) }
            return [Array(0..<only.count)]
        }
        struct Key: Hashable {
            var clock: LocalDateTime
            var occurrence: Int
        }
        var known: [Key: Int] = [:]
        var keys: [(key: Key, bounds: Interval)] = []
        var found: [[Int]] = []
        for buckets in zones {
            var seen: [LocalDateTime: Int] = [:]
            found.append(
                (0..<buckets.count).map { index in
                    let clock = buckets.clocks[index]
                    let key = Key(clock: clock, occurrence: seen[clock, default: 0])
                    seen[clock] = key.occurrence + 1
                    if let place = known[key] { return place }
                    known[key] = keys.count
                    keys.append((key, buckets.interval(at: index)))
                    return keys.count - 1
                })
        }
        let order = keys.indices.sorted {
            (keys[$0].key.clock, keys[$0].key.occurrence) < (keys[$1].key.clock, keys[$1].key.occurrence)
        }
        var place = [Int](repeating: 0, count: keys.count)
        for (position, index) in order.enumerated() { place[index] = position }
        clocks = order.map { keys[$0].key.clock }
        bounds = order.map { keys[$0].bounds }
        return found.map { $0.map { place[$0] } }
    }

    /// Writes `start`, `end` and `label` of a place into the object that is open.
    func write(_ place: Int, to json: inout JSONWriter) {
        json.field("start", bounds[place].start)
        json.field("end", bounds[place].end)
        json.key("label")
        var label: [UInt8] = []
        label.reserveCapacity(16)
        size.appendLabel(of: clocks[place], to: &label)
        json.value(plainASCII: label)
    }

    /// The member `buckets`: every place.
    func write(to json: inout JSONWriter) {
        json.key("buckets")
        json.array { json in
            for place in 0..<count {
                json.object { json in write(place, to: &json) }
            }
        }
    }
}
