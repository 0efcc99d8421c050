import Testing

@testable import PostgresClient

/// The pool's decisions without sockets and with a clock of our own.
@Suite struct PoolStateMachineTests {
    typealias Action = PoolStateMachine.Action

    let start = ContinuousClock.now
    func at(_ milliseconds: Int) -> ContinuousClock.Instant { start + .milliseconds(milliseconds) }
    let refused = PostgresError.unavailable(Unavailability(.connectFailed))

    private func machine(connections: Int = 2, waiting: Int = 3) -> PoolStateMachine {
        PoolStateMachine(
            limits: PoolLimits(
                connections: connections, waiting: waiting, idleTime: .seconds(10), firstRetry: .milliseconds(100),
                longestRetry: .milliseconds(1000)))
    }

    @Test func opensOnDemandAndReuses() {
        var pool = machine()
        #expect(pool.acquire(1, deadline: at(1000), now: at(0)) == [.open(1)])
        #expect(pool.connected(1, now: at(5)) == [.lease(1, 1)])
        #expect(pool.released(1, isHealthy: true, now: at(10)) == [])
        #expect(pool.idleCount == 1)
        #expect(pool.acquire(2, deadline: at(1000), now: at(11)) == [.lease(2, 1)])
        #expect(pool.openCount == 1)
    }

    @Test func firstComeFirstServed() {
        var pool = machine(connections: 1, waiting: 10)
        _ = pool.acquire(1, deadline: at(1000), now: at(0))
        _ = pool.connected(1, now: at(0))
        for waiter in 2...5 { #expect(pool.acquire(waiter, deadline: at(1000), now: at(1)) == []) }
        for waiter in 2...5 { #expect(pool.released(1, isHealthy: true, now: at(2)) == [.lease(waiter, 1)]) }
        #expect(pool.waitingCount == 0)
    }

    @Test func waitingIsBounded() {
        var pool = machine(connections: 1, waiting: 2)
        _ = pool.acquire(1, deadline: at(1000), now: at(0))
        _ = pool.connected(1, now: at(0))
        #expect(pool.acquire(2, deadline: at(1000), now: at(1)) == [])
        #expect(pool.acquire(3, deadline: at(1000), now: at(1)) == [])
        #expect(pool.acquire(4, deadline: at(1000), now: at(1)) == [.fail(4, .poolExhausted)])
        #expect(pool.cancel(2) == [.fail(2, .cancelled)])
        #expect(pool.cancel(2) == [])
        #expect(pool.acquire(5, deadline: at(1000), now: at(1)) == [])
    }

    @Test func deadlinesEndTheWait() {
        var pool = machine(connections: 1)
        #expect(pool.acquire(9, deadline: at(0), now: at(0)) == [.fail(9, .deadlineExceeded)])
        _ = pool.acquire(1, deadline: at(50), now: at(0))
        _ = pool.acquire(2, deadline: at(30), now: at(0))
        #expect(pool.nextTick == at(30))
        #expect(pool.tick(now: at(29)) == [])
        #expect(pool.tick(now: at(30)) == [.fail(2, .deadlineExceeded)])
        #expect(pool.nextTick == at(50))
    }

    @Test func idleConnectionsAreClosedOldestFirst() {
        var pool = machine()
        _ = pool.acquire(1, deadline: at(1000), now: at(0))
        _ = pool.acquire(2, deadline: at(1000), now: at(0))
        _ = pool.connected(1, now: at(0))
        _ = pool.connected(2, now: at(0))
        _ = pool.released(1, isHealthy: true, now: at(100))
        _ = pool.released(2, isHealthy: true, now: at(200))
        #expect(pool.nextTick == at(10_100))
        #expect(pool.tick(now: at(10_100)) == [.close(1)])
        #expect(pool.nextTick == at(10_200))
        #expect(pool.openCount == 2, "counted until it is closed")
        #expect(pool.closed(1, now: at(10_101)) == [])
        #expect(pool.openCount == 1)
    }

    @Test func sickConnectionsAreReplaced() {
        var pool = machine(connections: 1)
        _ = pool.acquire(1, deadline: at(1000), now: at(0))
        _ = pool.connected(1, now: at(0))
        _ = pool.acquire(2, deadline: at(1000), now: at(0))
        #expect(pool.released(1, isHealthy: false, now: at(1)) == [.close(1)])
        #expect(pool.closed(1, now: at(2)) == [.open(2)])
        #expect(pool.connected(2, now: at(3)) == [.lease(2, 2)])
        // One that dies while on loan does not come back twice.
        #expect(pool.closed(2, now: at(4)) == [])
        #expect(pool.released(2, isHealthy: false, now: at(5)) == [])
        #expect(pool.openCount == 0)
    }

    @Test func failsFastWhileTheServerIsAway() {
        var pool = machine()
        _ = pool.acquire(1, deadline: at(5000), now: at(0))
        #expect(pool.connectFailed(1, refused, jitter: 1, now: at(1)) == [.fail(1, refused)])
        #expect(pool.closed(1, now: at(1)) == [])
        #expect(pool.acquire(2, deadline: at(5000), now: at(50)) == [.fail(2, refused)])
        // After the pause the next one tries; the others wait with it.
        #expect(pool.acquire(3, deadline: at(5000), now: at(101)) == [.open(2)])
        #expect(pool.acquire(4, deadline: at(5000), now: at(102)) == [])
        #expect(pool.connectFailed(2, refused, jitter: 1, now: at(103)) == [.fail(3, refused), .fail(4, refused)])
        _ = pool.closed(2, now: at(103))
        // Twice as long now.
        #expect(pool.acquire(5, deadline: at(5000), now: at(302)) == [.fail(5, refused)])
        #expect(pool.acquire(6, deadline: at(5000), now: at(303)) == [.open(3)])
        #expect(pool.connected(3, now: at(310)) == [.lease(6, 3)])
        // And from the start again.
        #expect(pool.acquire(7, deadline: at(5000), now: at(311)) == [.open(4)])
    }

    @Test func pausesNeverExceedTheLongest() {
        var pool = machine(connections: 1)
        var now = 0
        for round in 1...30 {
            #expect(pool.acquire(round, deadline: at(1_000_000), now: at(now)) == [.open(round)], "round \(round)")
            _ = pool.connectFailed(round, refused, jitter: 1, now: at(now))
            _ = pool.closed(round, now: at(now))
            now += 1000
        }
    }

    @Test func oneThatCannotBeOpenedHarmsNobodyWhileOthersWork() {
        var pool = machine()
        _ = pool.acquire(1, deadline: at(1000), now: at(0))
        _ = pool.connected(1, now: at(0))
        #expect(pool.acquire(2, deadline: at(1000), now: at(0)) == [.open(2)])
        #expect(pool.connectFailed(2, refused, jitter: 1, now: at(1)) == [])
        #expect(pool.closed(2, now: at(1)) == [])
        #expect(pool.acquire(3, deadline: at(1000), now: at(2)) == [])
        #expect(pool.released(1, isHealthy: true, now: at(3)) == [.lease(2, 1)])
        #expect(pool.nextTick == at(101), "tries again for who still waits")
        #expect(pool.tick(now: at(101)) == [.open(3)])
    }

    @Test func lastOneLostDuringAPauseIsRetriedAfterIt() {
        var pool = machine()
        _ = pool.acquire(1, deadline: at(1000), now: at(0))
        _ = pool.connected(1, now: at(0))
        _ = pool.acquire(2, deadline: at(1000), now: at(0))
        _ = pool.connectFailed(2, refused, jitter: 1, now: at(1))
        _ = pool.closed(2, now: at(1))
        #expect(pool.released(1, isHealthy: false, now: at(3)) == [.close(1)])
        #expect(pool.closed(1, now: at(3)) == [])
        #expect(pool.tick(now: at(101)) == [.open(3)])
    }

    @Test func closes() {
        var pool = machine(connections: 3)
        _ = pool.acquire(1, deadline: at(1000), now: at(0))
        _ = pool.acquire(2, deadline: at(1000), now: at(0))
        _ = pool.connected(1, now: at(0))
        _ = pool.connected(2, now: at(0))
        _ = pool.released(2, isHealthy: true, now: at(1))
        #expect(pool.close() == [.close(2)])
        #expect(pool.acquire(3, deadline: at(1000), now: at(2)) == [.fail(3, .closed)])
        #expect(pool.closed(2, now: at(3)) == [])
        #expect(pool.released(1, isHealthy: true, now: at(4)) == [.close(1)])
        #expect(pool.closed(1, now: at(5)) == [.finished])
        #expect(pool.close() == [])
    }

    /// Whatever happens in whatever order: never too many connections, no waiter forgotten or answered twice.
    @Test func holdsItsPromisesAtRandom() {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            var pool = machine(connections: 3, waiting: 5)
            var (opening, open, leased, closing): (Set<Int>, Set<Int>, Set<Int>, Set<Int>) = ([], [], [], [])
            var waiting: Set<Int> = []
            var now = 0
            var nextWaiter = 0
            func carryOut(_ actions: [Action]) {
                for action in actions {
                    switch action {
                    case .lease(let waiter, let connection):
                        #expect(waiting.remove(waiter) != nil && open.contains(connection), "seed \(seed)")
                        #expect(leased.insert(connection).inserted, "seed \(seed)")
                    case .fail(let waiter, _): #expect(waiting.remove(waiter) != nil, "seed \(seed)")
                    case .open(let connection): opening.insert(connection)
                    case .close(let connection):
                        #expect(!leased.contains(connection), "seed \(seed)")
                        closing.insert(connection)
                    case .finished: Issue.record("never closed, seed \(seed)")
                    }
                    #expect(opening.count + open.count <= 3, "seed \(seed)")
                }
            }
            for _ in 0..<300 {
                now += Int.random(in: 0...400, using: &random)
                switch Int.random(in: 0..<8, using: &random) {
                case 0, 1:
                    nextWaiter += 1
                    waiting.insert(nextWaiter)
                    carryOut(pool.acquire(nextWaiter, deadline: at(now + 500), now: at(now)))
                case 2:
                    if let waiter = waiting.randomElement(using: &random) { carryOut(pool.cancel(waiter)) }
                case 3:
                    guard let connection = opening.randomElement(using: &random) else { continue }
                    opening.remove(connection)
                    open.insert(connection)
                    carryOut(pool.connected(connection, now: at(now)))
                case 4:
                    guard let connection = opening.randomElement(using: &random) else { continue }
                    opening.remove(connection)
                    carryOut(pool.connectFailed(connection, refused, jitter: 0.3, now: at(now)))
                    carryOut(pool.closed(connection, now: at(now)))
                case 5:
                    guard let connection = leased.randomElement(using: &random) else { continue }
                    leased.remove(connection)
                    let isHealthy = Bool.random(using: &random)
                    carryOut(pool.released(connection, isHealthy: isHealthy, now: at(now)))
                case 6:
                    let gone = closing.randomElement(using: &random) ?? open.randomElement(using: &random)
                    guard let gone else { continue }
                    closing.remove(gone)
                    open.remove(gone)
                    carryOut(pool.closed(gone, now: at(now)))
                    leased.remove(gone)
                default: carryOut(pool.tick(now: at(now)))
                }
            }
            carryOut(pool.tick(now: at(now + 100_000)))
            #expect(waiting.isEmpty && pool.waitingCount == 0, "seed \(seed)")
        }
    }
}
