import Synchronization

/// Lets one task at a time read a thing that is kept in memory: who asks for it meanwhile waits, and then finds it there. So
/// what many ask for at once, right after a start or a change, is read once.
package final class ReadingTurns<Key: Hashable & Sendable>: Sendable {
    private struct Waiter {
        let number: UInt64
        let turn: CheckedContinuation<Void, any Error>
    }

    private struct State {
        /// Who waits for each thing that is being read, in order.
        var waiters: [Key: [Waiter]] = [:]
        var lastNumber: UInt64 = 0
    }

    private let state = Mutex(State())

    package init() {}

    /// Waits for the turn, and reads.
    ///
    /// - Throws: what `read` throws; `CancellationError` when cancelled while waiting.
    package func take<Value: Sendable>(_ key: Key, _ read: () async throws -> Value) async throws -> Value {
        try await begin(key)
        defer { end(key) }
        return try await read()
    }

    private func begin(_ key: Key) async throws {
        let number = state.withLock { state in
            state.lastNumber += 1
            return state.lastNumber
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { turn in
                let result: Result<Void, any Error>? = state.withLock { state in
                    guard state.waiters[key] != nil else {
                        state.waiters[key] = []
                        return .success(())
                    }
                    if Task.isCancelled { return .failure(CancellationError()) }
                    state.waiters[key]?.append(Waiter(number: number, turn: turn))
                    return nil
                }
                if let result { turn.resume(with: result) }
            }
        } onCancel: {
            let cancelled = state.withLock { state in
                state.waiters[key]?.firstIndex { $0.number == number }.map { index in
                    state.waiters[key]?.remove(at: index)
                }
            }
            cancelled??.turn.resume(throwing: CancellationError())
        }
    }

    private func end(_ key: Key) {
        let next = state.withLock { state -> Waiter? in
            guard let waiting = state.waiters[key], !waiting.isEmpty else {
                state.waiters[key] = nil
                return nil
            }
            return state.waiters[key]?.removeFirst()
        }
        next?.turn.resume()
    }
}
