/// A dictionary that never outgrows its capacity.
///
/// A new key in a full one takes the place of another: of a few entries, further ones each time, all go whose loss does no
/// harm, or else the one whose loss does the least. So a flood of worthless entries pushes out its own kind, and what is
/// worth much goes only when nearly everything is worth as much.
struct BoundedTable<Key: Hashable, Value> {
    /// Entries looked at for each new key of a full table.
    private static var looks: Int { 32 }

    private let capacity: Int
    private var places: [Key: Int] = [:]
    private var keys: [Key] = []
    private var values: [Value] = []
    /// Where to look next.
    private var hand = 0

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

    private mutating func makeRoom(_ harm: (Value) -> Int64) {
        var least: (harm: Int64, key: Key)?
        var isRoomMade = false
        for _ in 0..<min(Self.looks, keys.count) {
            // The last entry comes to the place of one removed, and is looked at there.
            if hand >= keys.count { hand = 0 }
            let found = harm(values[hand])
            if found <= 0 {
                remove(at: hand)
                isRoomMade = true
                continue
            }
            if least.map({ found < $0.harm }) ?? true { least = (found, keys[hand]) }
            hand += 1
        }
        if !isRoomMade, let least { remove(least.key) }
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
