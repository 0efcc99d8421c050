import Glibc

/// SplitMix64: a row of numbers that its seed alone decides, the same on every machine.
struct SeededRandom {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    /// Seeded by words, as tenant, line and day; the order of the words matters.
    init(_ words: String...) {
        // FNV-1a; the words are parted by a byte that UTF-8 never holds.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for word in words {
            for byte in Array(word.utf8) + [0xff] {
                hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
            }
        }
        state = hash
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }

    /// 0 up to, not including, 1.
    mutating func unit() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// Evenly between the ends.
    mutating func between(_ low: Double, _ high: Double) -> Double {
        low + (high - low) * unit()
    }

    /// Waiting time of what happens on average once in `mean`.
    mutating func exponential(mean: Double) -> Double {
        -mean * log(1 - unit())
    }

    /// True in `share` of the cases.
    mutating func happens(_ share: Double) -> Bool {
        unit() < share
    }
}
