import IPC
import NIOCore
import Shared
import Synchronization

/// Lets few questions at a time be answered that take in years: computing many of them at once would keep the event loops
/// from everything else. Who comes meanwhile waits a while, in order; questions of ordinary size never do.
final class LongQuestions: Sendable {
    /// Days of all lines together from which on a question is long.
    private static let lineDays: Int64 = 3_000
    /// Waiting for it, at most.
    private static let mostWaiting = 64
    /// How long somebody waits; less than any request has.
    private static let patience = Duration.seconds(10)

    /// One of the places; free again when nobody holds it any more.
    final class Place: Sendable {
        private let owner: LongQuestions

        fileprivate init(of owner: LongQuestions) {
            self.owner = owner
        }

        deinit { owner.end() }
    }

    private struct Waiter {
        let number: UInt64
        let turn: CheckedContinuation<Place, any Error>
    }

    private struct State {
        var free: Int
        /// In order.
        var waiters: [Waiter] = []
        var lastNumber: UInt64 = 0
    }

    private let state: Mutex<State>

    /// - Parameter atOnce: answered at one time.
    init(atOnce: Int) {
        state = Mutex(State(free: atOnce))
    }

    /// A place for a question, to be held as long as it takes; nil for one that is not long.
    ///
    /// - Throws: `overloaded` when too many wait, or this one has waited too long; `CancellationError`.
    func place(for scope: AnalysisScope, _ compared: AnalysisScope? = nil) async throws -> Place? {
        guard scope.lineDays + (compared?.lineDays ?? 0) > Self.lineDays else { return nil }
        if let place = placeAtOnce() { return place }
        return try await withThrowingTaskGroup(of: Place?.self) { group in
            group.addTask { try await self.turn() }
            group.addTask {
                // No polling: the end of the wait, cancelled when the turn comes first.
                try await Task.sleep(for: Self.patience)
                return nil
            }
            defer { group.cancelAll() }
            guard let place = try await group.next() ?? nil else { throw Self.tooMany }
            return place
        }
    }

    private static var tooMany: Fault { Fault(code: .overloaded, retryAfterSeconds: 5) }

    private func placeAtOnce() -> Place? {
        let isTaken = state.withLock { state in
            guard state.free > 0 else { return false }
            state.free -= 1
            return true
        }
        return isTaken ? Place(of: self) : nil
    }

    private func turn() async throws -> Place {
        let number = state.withLock { state in
            state.lastNumber += 1
            return state.lastNumber
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { turn in
                enum Outcome {
                    case taken, waits
                    case refused(any Error)
                }
                let outcome: Outcome = state.withLock { state in
                    if Task.isCancelled { return .refused(CancellationError()) }
                    if state.free > 0 {
                        state.free -= 1
                        return .taken
                    }
                    guard state.waiters.count < Self.mostWaiting else { return .refused(Self.tooMany) }
                    state.waiters.append(Waiter(number: number, turn: turn))
                    return .waits
                }
                switch outcome {
                case .taken: turn.resume(returning: Place(of: self))
                case .waits: break
                case .refused(let error): turn.resume(throwing: error)
                }
            }
        } onCancel: {
            let cancelled = state.withLock { state in
                state.waiters.firstIndex { $0.number == number }.map { state.waiters.remove(at: $0) }
            }
            cancelled?.turn.resume(throwing: CancellationError())
        }
    }

    /// A place is free: it is the first waiter's.
    private func end() {
        let next = state.withLock { state -> Waiter? in
            guard !state.waiters.isEmpty else {
                state.free += 1
                return nil
            }
            return state.waiters.removeFirst()
        }
        next?.turn.resume(returning: Place(of: self))
    }
}

extension AnalysisScope {
    /// Days of the periods of all lines together.
    var lineDays: Int64 {
        entries.reduce(0) { $0 + $1.period.interval.length } / LocalDateTime.microsecondsPerDay
    }
}

extension Answer {
    /// How long an answer that holds its place may take to leave.
    private static let patience = Duration.seconds(60)

    /// JSON that holds its place among the long questions until it has left. Whoever does not take it in time is cut off, so
    /// that nobody keeps a place by reading slowly.
    static func json(_ json: JSONWriter, holding place: LongQuestions.Place?) -> Answer {
        guard let place else { return .json(json) }
        let bytes = ByteBuffer(bytes: json.bytes)
        return .streaming(ReplyHead()) { writer in
            defer { withExtendedLifetime(place) {} }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await writer.write(bytes) }
                group.addTask {
                    // No polling: the end of the time for reading, cancelled when all has left first.
                    try await Task.sleep(for: patience)
                    throw Fault(code: .deadlineExceeded)
                }
                defer { group.cancelAll() }
                _ = try await group.next()
            }
        }
    }
}
