/// A dictionary that never outgrows its capacity.
///
/// A new key in a full one takes the place of others: of all whose loss does no harm, or else of one in 64, those whose loss
/// does the least. So a flood of worthless entries pushes out its own kind, and what is worth much goes only when nearly
/// everything is worth as much. Making room takes some milliseconds of a table of 100 000, once for every 1 500 new keys.
struct BoundedTable<Key: Hashable, Value> {
    /// What part of a full table makes room at a time.
    private static var share: Int { 64 }

    private let capacity: Int
    private var places: [Key: Int] = [:]
    private var keys: [Key] = []
    private var values: [Value] = []

    /// - Parameter capacity: at least 1.
    init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    var count: Int { keys.count }

    subscript(key: Key) -> Value? {
        places[key].map { values[$0] }
    }

    /// Changes the value of a key that is there.
    mutating func update<Answer>(_ key: Key, _ body: (inout Value) -> Answer) -> Answer? {
        places[key].map { body(&values[$0]) }
    }

    /// Changes the value of a key, which is made when it is missing.
    ///
    /// - Parameter harm: what losing a value would do; zero: nothing.
    mutating func update<Answer>(
        _ key: Key, orMake make: @autoclosure () -> Value, harm: (Value) -> Int64, _ body: (inout Value) -> Answer
    ) -> Answer {
        if let place = places[key] { return body(&values[place]) }
        if keys.count >= capacity { makeRoom(harm) }
        var value = make()
        defer {
            places[key] = keys.count
            keys.append(key)
            values.append(value)
        }
        return body(&value)
    }

    mutating func remove(_ key: Key) {
        if let place = places[key] { remove(at: place) }
    }

    mutating func removeAll(where isDoomed: (Value) -> Bool = { _ in true }) {
        for place in keys.indices.reversed() where isDoomed(values[place]) { remove(at: place) }
    }

    /// Removes what does no harm, or else a share of the capacity, the least harmful first.
    private mutating func makeRoom(_ harm: (Value) -> Int64) {
        let harms = values.map(harm)
        let share = max(1, capacity / Self.share)
        let worst = max(0, harms.sorted()[share - 1])
        var left = share
        for place in keys.indices.reversed() where harms[place] < worst || harms[place] <= 0 {
            remove(at: place)
            left -= 1
        }
        guard left > 0, worst > 0 else { return }
        for place in keys.indices.reversed() where left > 0 && harm(values[place]) == worst {
            remove(at: place)
            left -= 1
        }
    }

    private mutating func remove(at place: Int) {
        places[keys[place]] = nil
        let last = keys.count - 1
        if place != last {
            keys[place] = keys[last]
            values[place] = values[last]
            places[keys[place]] = place
        }
        keys.removeLast()
        values.removeLast()
    }
}
