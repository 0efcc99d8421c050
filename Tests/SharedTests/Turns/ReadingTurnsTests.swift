import Shared
import Synchronization
import Testing

@Suite struct ReadingTurnsTests {
    /// Opens once, for any number of waiting tasks.
    private final class Gate: Sendable {
        private let stream = AsyncStream<Void>.makeStream()

        func open() { stream.continuation.finish() }

        func passed() async {
            for await _ in stream.stream {}
        }
    }

    /// What is read, and how often it was.
    private final class Kept: Sendable {
        private let state = Mutex<(value: Int?, reads: Int)>((nil, 0))

        var value: Int? { state.withLock { $0.value } }
        var reads: Int { state.withLock { $0.reads } }

        func read() -> Int {
            state.withLock { state in
                state.reads += 1
                state.value = 7
                return 7
            }
        }
    }

    /// A task that is reading a thing, until the gate opens.
    private func reading(
        _ key: Int, _ turns: ReadingTurns<Int>, until gate: Gate
    ) async -> Task<Void, any Error> {
        let begun = Gate()
        let task = Task {
            try await turns.take(key) {
                begun.open()
                await gate.passed()
            }
        }
        await begun.passed()
        return task
    }

    private struct Refused: Error {}

    @Test(.timeLimit(.minutes(1))) func whoAsksMeanwhileFindsWhatWasRead() async throws {
        let turns = ReadingTurns<Int>()
        let kept = Kept()
        let values = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    try await turns.take(1) {
                        if let known = kept.value { return known }
                        await Task.yield()
                        return kept.read()
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(values == [Int](repeating: 7, count: 200))
        #expect(kept.reads == 1)
    }

    @Test(.timeLimit(.minutes(1))) func anotherThingDoesNotWait() async throws {
        let turns = ReadingTurns<Int>()
        let gate = Gate()
        let first = await reading(1, turns, until: gate)
        try await turns.take(2) {}
        gate.open()
        try await first.value
    }

    @Test(.timeLimit(.minutes(1))) func aFailedReadLetsTheNextTry() async throws {
        let turns = ReadingTurns<Int>()
        await #expect(throws: Refused.self) { try await turns.take(1) { throw Refused() } }
        #expect(try await turns.take(1) { 3 } == 3)
    }

    @Test(.timeLimit(.minutes(1))) func aCancelledWaiterLeavesAndTheOthersGoOn() async throws {
        let turns = ReadingTurns<Int>()
        let gate = Gate()
        let first = await reading(1, turns, until: gate)
        let cancelled = Task { try await turns.take(1) { true } }
        let patient = Task { try await turns.take(1) { true } }
        cancelled.cancel()
        await #expect(throws: CancellationError.self) { try await cancelled.value }
        gate.open()
        try await first.value
        #expect(try await patient.value)
        #expect(try await turns.take(1) { 4 } == 4)
    }
}
