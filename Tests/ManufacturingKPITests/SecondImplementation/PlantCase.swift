import Shared

/// Everything the figures of some lines depend on, in plain numbers: microseconds since 1970, minutes of the day, units.
struct PlantCase {
    /// Valid from an instant on, nil since ever; of several the latest holds.
    struct Dated<Value> {
        var from: Int64?
        var value: Value
    }

    struct Pause {
        var start: Int
        var end: Int
    }

    struct ShiftVersion {
        var plant: Int64?
        var lines: Set<Int64>?
        /// ISO weekdays.
        var days: Set<Int>
        var start: Int
        var end: Int
        var pauses: [Pause]
        var isActive: Bool
    }

    struct Shift {
        var id: Int64
        var versions: [Dated<ShiftVersion>]
    }

    struct Exception {
        var plant: Int64
        var line: Int64?
        var isExtra: Bool
        var time: Stretch
    }

    struct LineVersion {
        var rate: Double?
        var threshold: Int64
        var micro: Int64?
    }

    struct Area {
        var id: Int64
        var type: AreaType
    }

    struct Product {
        var id: Int64
        /// Grams.
        var weights: [Dated<Int64>]
        /// Units per minute on the line.
        var rates: [Dated<Double>]
    }

    struct Detection {
        var at: Int64
        var area: Area
        var product: Int64
    }

    struct Cause: Equatable {
        var incident: Int64?
        var reason: String?
        var given: Int64
    }

    struct Registered {
        var id: Int64
        var start: Int64
        var end: Int64?
        var cause: Cause?
    }

    struct Attached {
        var time: Stretch
        var cause: Cause
    }

    struct Line {
        var id: Int64
        var plant: Int64
        var zone: String
        var versions: [Dated<LineVersion>]
        var detectsStops: Bool
        var commissioned: Int64
        var decommissioned: Int64?
        var areas: [Area]
        var products: [Product]
        /// In order of arrival.
        var detections: [Detection]
        var registered: [Registered]
        var removed: [Stretch]
        var attached: [Attached]
        var unobserved: [Stretch]
    }

    enum Bound: Equatable {
        case instant(Int64)
        case date(Int64)
        /// A day and a minute of it.
        case clock(Int64, Int)
    }

    var now: Int64
    var from: Bound
    var to: Bound
    var shift: Int64?
    var threshold: Int64?
    var shifts: [Shift]
    var exceptions: [Exception]
    var lines: [Line]
    var categories: [Int64: LossCategory]
}

extension Array {
    /// The value valid at an instant, nil before the first.
    func valid<Value>(at instant: Int64) -> Value? where Element == PlantCase.Dated<Value> {
        var found: Element?
        for version in self where version.from.map({ $0 <= instant }) ?? true {
            if let best = found?.from, version.from.map({ $0 < best }) ?? true { continue }
            found = version
        }
        return found?.value
    }

    /// The same; before the first version the first one holds, as of a line's settings.
    func holding<Value>(at instant: Int64) -> Value? where Element == PlantCase.Dated<Value> {
        valid(at: instant) ?? self.min { ($0.from ?? .min) < ($1.from ?? .min) }?.value
    }

    func changes<Value>() -> [Int64] where Element == PlantCase.Dated<Value> { compactMap(\.from) }
}
