package import Shared

/// The versions of one value, each valid from its instant until the next one's (effective dating, domain §1).
///
/// Ascending by `validFrom`; a version without one is valid since ever. May be empty: then there never was a value.
package struct EffectiveDated<Value: Sendable>: Sendable {
    /// Microseconds since 1970 from which each version holds, ascending; `Int64.min` is since ever.
    package let starts: [Int64]
    package let values: [Value]

    /// One version valid since ever.
    package init(always value: Value) {
        starts = [Int64.min]
        values = [value]
    }

    /// Versions in any order. Of two with the same `validFrom` the later one of the list holds.
    package init(_ versions: [(validFrom: Instant?, value: Value)]) {
        let order = versions.indices.sorted { left, right in
            let leftStart = versions[left].validFrom?.microseconds ?? Int64.min
            let rightStart = versions[right].validFrom?.microseconds ?? Int64.min
            return (leftStart, left) < (rightStart, right)
        }
        var starts: [Int64] = []
        var values: [Value] = []
        for index in order {
            let start = versions[index].validFrom?.microseconds ?? Int64.min
            if starts.last == start {
                values[values.count - 1] = versions[index].value
            } else {
                starts.append(start)
                values.append(versions[index].value)
            }
        }
        self.starts = starts
        self.values = values
    }

    /// The index of the version valid at an instant (microseconds); nil before the first one.
    package func index(at microseconds: Int64) -> Int? {
        var low = 0
        var high = starts.count
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] <= microseconds {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low == 0 ? nil : low - 1
    }

    /// The value valid at an instant; nil before the first version.
    package func value(at instant: Instant) -> Value? {
        index(at: instant.microseconds).map { values[$0] }
    }

    /// There is the same value, or none, at every instant.
    var isConstant: Bool { starts.isEmpty || starts == [Int64.min] }

    /// The instants strictly inside an interval at which another version begins, ascending.
    package func changes(within interval: Interval) -> [Instant] {
        guard !isConstant else { return [] }
        return starts.lazy
            .filter { $0 > interval.start.microseconds && $0 < interval.end.microseconds }
            .map { Instant(microseconds: $0) }
    }
}

extension EffectiveDated: Equatable where Value: Equatable {}
