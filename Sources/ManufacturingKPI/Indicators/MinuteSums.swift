/// Running sums of counts per minute.
///
/// Minutes lie in blocks of 1 024. A full block takes nothing where it counts none, two bytes a minute where it counts up to
/// 65 535, otherwise four; so a product costs memory only for the time it ran.
struct MinuteSums: Sendable {
    /// The first stored minute; zero while nothing is stored.
    private(set) var base: Int64
    /// Stored minutes.
    private(set) var count = 0

    /// Full blocks in order of time. The first is that of `base`; what of it lies before counts none.
    private var blocks: [Block] = []
    /// For each minute of the blocks of 16 bits, the sum from the beginning of its block to the end of that minute.
    private var narrow: [UInt16] = []
    /// The same of the blocks of 32 bits.
    private var wide: [UInt32] = []
    /// The same of the last block, which is not full.
    private var growing: [UInt32] = []
    /// The sum of all full blocks.
    private var closed: Int64 = 0

    private struct Block {
        enum Width: UInt8 {
            case empty
            case narrow
            case wide
        }

        /// The sum of all blocks before.
        var before: Int64
        /// Which of the blocks of its width it is.
        var place: Int32
        var width: Width
    }

    private static let blockShift = 10
    static let blockLength = 1 << blockShift

    init(base: Int64) {
        self.base = base
    }

    /// The first minute of the block a minute lies in.
    static func blockStart(of minute: Int64) -> Int64 {
        (minute >> blockShift) << blockShift
    }

    var total: Int64 { closed + Int64(growing.last ?? 0) }

    var byteCount: Int {
        blocks.capacity * MemoryLayout<Block>.stride + 2 * narrow.capacity + 4 * (wide.capacity + growing.capacity)
    }

    /// The sum of the minutes `from ..< to`.
    func detections(from: Int64, to: Int64) -> Int {
        let low = max(from, base)
        let high = min(to, base + Int64(count))
        return high > low ? Int(sum(before: high) - sum(before: low)) : 0
    }

    /// The sum of the stored minutes before one that is stored, or the end of them.
    private func sum(before minute: Int64) -> Int64 {
        let block = blockIndex(of: minute)
        let offset = Int(minute) & (Self.blockLength - 1)
        guard block < blocks.count else {
            return offset == 0 ? closed : closed + Int64(growing[offset - 1])
        }
        let known = blocks[block]
        guard offset > 0 else { return known.before }
        let index = (Int(known.place) << Self.blockShift) + offset - 1
        switch known.width {
        case .empty: return known.before
        case .narrow: return known.before + Int64(narrow[index])
        case .wide: return known.before + Int64(wide[index])
        }
    }

    private func blockIndex(of minute: Int64) -> Int {
        Int((minute >> Self.blockShift) - (base >> Self.blockShift))
    }

    /// Adds the minute after the last.
    mutating func append(_ detections: UInt32) {
        if count == 0 { growing = [UInt32](repeating: 0, count: Int(base) & (Self.blockLength - 1)) }
        growing.append((growing.last ?? 0) + detections)
        count += 1
        if growing.count == Self.blockLength { close() }
    }

    /// Adds minutes without detections up to one; where nothing is stored, from the beginning of its block.
    mutating func pad(to minute: Int64) {
        if count == 0 { base = Self.blockStart(of: minute) }
        while base + Int64(count) < minute { append(0) }
    }

    /// Makes the growing block a full one.
    private mutating func close() {
        let total = growing.last ?? 0
        if total == 0 {
            blocks.append(Block(before: closed, place: 0, width: .empty))
        } else if total <= UInt16.max {
            blocks.append(Block(before: closed, place: Int32(narrow.count >> Self.blockShift), width: .narrow))
            narrow.append(contentsOf: growing.lazy.map { UInt16($0) })
        } else {
            blocks.append(Block(before: closed, place: Int32(wide.count >> Self.blockShift), width: .wide))
            wide.append(contentsOf: growing)
        }
        closed += Int64(total)
        growing.removeAll(keepingCapacity: true)
    }

    /// Makes a full block the growing one, and forgets what comes after it.
    private mutating func reopen(_ block: Int) {
        let first = (Int64(block) << Self.blockShift) + Self.blockStart(of: base)
        let before = blocks[block].before
        growing = (first + 1..<first + Int64(Self.blockLength)).map { UInt32(sum(before: max($0, base)) - before) }
        let end = block + 1 < blocks.count ? blocks[block + 1].before : closed
        growing.append(UInt32(end - before))
        for removed in blocks[block...].reversed() {
            switch removed.width {
            case .empty: break
            case .narrow: narrow.removeSubrange((Int(removed.place) << Self.blockShift)...)
            case .wide: wide.removeSubrange((Int(removed.place) << Self.blockShift)...)
            }
        }
        closed = before
        blocks.removeSubrange(block...)
    }

    /// Forgets a minute and what comes after it.
    mutating func keep(before minute: Int64) {
        let kept = Int(min(max(minute - base, 0), Int64(count)))
        guard kept < count else { return }
        guard kept > 0 else {
            self = MinuteSums(base: 0)
            return
        }
        let block = blockIndex(of: minute)
        if block < blocks.count { reopen(block) }
        growing.removeSubrange((Int(minute) & (Self.blockLength - 1))...)
        count = kept
    }

    /// Adds the minutes of later sums after its own; what lies between counts none.
    ///
    /// - Precondition: the later sums begin with a block, after the last minute stored here.
    mutating func append(_ later: MinuteSums) {
        precondition(later.base == Self.blockStart(of: later.base), "later minutes begin within a block")
        precondition(base + Int64(count) <= later.base, "later minutes are not later")
        pad(to: later.base)
        let narrowBlocks = Int32(narrow.count >> Self.blockShift)
        let wideBlocks = Int32(wide.count >> Self.blockShift)
        blocks += later.blocks.map { block in
            var block = block
            block.before += closed
            switch block.width {
            case .empty: break
            case .narrow: block.place += narrowBlocks
            case .wide: block.place += wideBlocks
            }
            return block
        }
        narrow += later.narrow
        wide += later.wide
        growing = later.growing
        closed += later.closed
        count += later.count
    }
}
