import Shared
import Synchronization

/// What happens on the lines, kept for those who follow: the last thousand events, and everybody who waits for the next.
final class EventLog: Sendable {
    /// Events that a client who was away can still be given.
    static let capacity = 1_000

    enum Event: Sendable {
        /// New detections of a line, in these UTC minutes since 1970.
        case detectionCounts(line: LineID, minutes: ClosedRange<Int64>)
        case lineStatus(line: LineID, status: String)
        case downtimeStarted(line: LineID, start: Instant)
        case downtimeEnded(line: LineID, start: Instant, end: Instant)
        /// What the plants are described by may be another.
        case masterDataChanged

        /// Nil for what is no matter of one line.
        var line: LineID? {
            switch self {
            case .detectionCounts(let line, _), .lineStatus(let line, _), .downtimeStarted(let line, _),
                .downtimeEnded(let line, _, _):
                line
            case .masterDataChanged:
                nil
            }
        }
    }

    struct Entry: Sendable {
        var number: UInt64
        var event: Event
    }

    private struct State {
        var entries: [Entry] = []
        var next: UInt64 = 1
        var followers: [Int: AsyncStream<Void>.Continuation] = [:]
        var nextFollower = 0
    }

    /// Part of every id, so that ids of an earlier worker are told from this one's.
    let generation: UInt64
    private let state = Mutex(State())

    init(generation: UInt64) {
        self.generation = generation
    }

    func publish(_ event: Event) {
        let followers = state.withLock { state in
            state.entries.append(Entry(number: state.next, event: event))
            state.next += 1
            if state.entries.count > 2 * Self.capacity {
                state.entries.removeFirst(state.entries.count - Self.capacity)
            }
            return Array(state.followers.values)
        }
        for follower in followers { follower.yield() }
    }

    /// The number of the newest event.
    var newest: UInt64 { state.withLock { $0.next - 1 } }

    /// The events after a number; nil when some of them are no longer kept.
    func events(after number: UInt64) -> [Entry]? {
        state.withLock { state in
            guard number < state.next else { return number == state.next - 1 ? [] : nil }
            let first = state.entries.first?.number ?? state.next
            guard number + 1 >= first else { return nil }
            return Array(state.entries.drop { $0.number <= number })
        }
    }

    /// Ticks after every event; a tick that was not waited for is not told twice.
    func ticks() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state in
            state.nextFollower += 1
            state.followers[state.nextFollower] = continuation
            return state.nextFollower
        }
        continuation.onTermination = { _ in
            self.state.withLock { state in _ = state.followers.removeValue(forKey: number) }
        }
        return stream
    }

    /// Ends the streams of all who follow.
    func endFollowers() {
        for follower in state.withLock({ Array($0.followers.values) }) { follower.finish() }
    }

    var followerCount: Int { state.withLock { $0.followers.count } }
}
