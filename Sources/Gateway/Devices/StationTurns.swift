import Identity
import Shared
import Synchronization

/// Who is at which station at this moment: a turn begins with a PIN and is over two minutes after its last sign of life.
///
/// Turns live in memory alone. A gateway that starts anew knows of none, and then people type their PIN again.
final class StationTurns: Sendable {
    static let seconds = 120
    private static let length = Int64(seconds) * 1_000_000
    private static let capacity = 10_000

    /// Somebody at a station.
    struct Turn: Sendable {
        var person: UserID
        var device: DeviceID
        /// When his PIN was set: with another one, or none, the turn is over.
        var pinSetAt: Instant
    }

    private struct Entry {
        var turn: Turn
        var usedAt: Int64
    }

    private let entries = Mutex(BoundedTable<String, Entry>(capacity: capacity))
    private let now: @Sendable () -> Int64

    /// - Parameter now: microseconds of a clock that never goes back.
    init(now: @escaping @Sendable () -> Int64) {
        self.now = now
    }

    /// Begins a turn; gives the ticket that requests of it carry.
    func begin(_ turn: Turn) -> String {
        let ticket = RandomBytes.alphanumeric(count: SignIn.secretLength)
        let now = now()
        entries.withLock { entries in
            entries.removeAll { now - $0.usedAt >= Self.length }
            entries.update(ticket, orMake: Entry(turn: turn, usedAt: now), harm: { $0.usedAt }) { _ in }
        }
        return ticket
    }

    /// The turn of a ticket, which lasts on from now; nil when it is over, or another station's.
    func find(_ ticket: String, at device: DeviceID) -> Turn? {
        let now = now()
        return entries.withLock { entries in
            let turn = entries.update(ticket) { entry -> Turn? in
                guard entry.turn.device == device, now - entry.usedAt < Self.length else { return nil }
                entry.usedAt = now
                return entry.turn
            }
            return turn ?? nil
        }
    }

    func end(_ ticket: String) {
        entries.withLock { $0.remove(ticket) }
    }
}
