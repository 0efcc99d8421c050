import Glibc
import Logging
import ServiceLifecycle
import Synchronization
import Systemd
import UnixSignals

/// Has another gateway take the place of this one when SIGUSR2 asks for it, where a service manager watches this one and is to watch
/// that one from then on. The other one is the program that lies at this one's path by then.
///
/// One that cannot start, or has ended before the manager is told of it, changes nothing.
final class Succession: Service {
    private enum Stage {
        case nobody
        /// It may have this gateway's place.
        case starting(SuccessorProcess)
        /// It is being given it: whether it gets it is decided in a moment, and nobody ends it meanwhile.
        case giving(SuccessorProcess)
        case followed(SuccessorProcess)
    }

    private struct State {
        var stage = Stage.nobody
        /// This gateway ends, and gives its place to nobody who has not begun to get it.
        var isOver = false
        /// Whether another one is asked for while one is on its way.
        var isAskedAgain = false
    }

    /// Between two looks at a process that tells nobody here what it does; made only while one is being started or killed.
    private static let look = Duration.milliseconds(20)

    private let manager: ServiceManager
    private let asked: UnixSignalsSequence
    private let program: String
    private let environment: [String: String]
    private let longestStart: Duration
    private let isAlone: @Sendable () -> Bool
    private let logger: Logger
    private let state = Mutex(State())
    private let isAtWork = Atomic(false)

    /// - Parameters:
    ///   - asked: a signal for each time that it is asked for.
    ///   - program: as this one was called.
    ///   - environment: this one's.
    ///   - longestStart: how long the next gateway may take until it asks for the sockets.
    ///   - isAlone: false as long as another gateway that was before this one has not ended.
    init(
        manager: ServiceManager, asked: UnixSignalsSequence, program: String, environment: [String: String],
        longestStart: Duration = .seconds(60), isAlone: @escaping @Sendable () -> Bool, logger: Logger
    ) {
        self.manager = manager
        self.asked = asked
        self.program = program
        self.environment = Self.handedOn(environment)
        self.longestStart = longestStart
        self.isAlone = isAlone
        self.logger = logger
    }

    /// What the next gateway is told: what this one was, but for what was meant for its process alone.
    static func handedOn(_ environment: [String: String]) -> [String: String] {
        environment.filter { name, _ in !name.hasPrefix("LISTEN_") && name != "WATCHDOG_PID" }
    }

    func run() async throws {
        // What is asked for while one is at it is done once more after it, and not more often.
        let (orders, order) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        await withDiscardingTaskGroup { tasks in
            tasks.addTask { [self] in
                for await _ in asked.cancelOnGracefulShutdown() {
                    if isAtWork.load(ordering: .relaxed) {
                        askAgain()
                    }
                    order.yield()
                }
                order.finish()
            }
            for await _ in orders {
                isAtWork.store(true, ordering: .relaxed)
                state.withLock { $0.isAskedAgain = false }
                await cancelWhenGracefulShutdown { await self.replace() }
                isAtWork.store(false, ordering: .relaxed)
            }
        }
        end()
    }

    private func askAgain() {
        logger.notice("another gateway is asked for again: the next one sees to it, or this one if it stays")
        state.withLock { state in
            state.isAskedAgain = true
            if case .followed(let next) = state.stage { next.ask() }
        }
    }

    // MARK: The next gateway asks

    /// Whether the process is to have this gateway's place. Then it is to be told what has become of it, by `follow` or `keep`.
    func begin(with process: Int32) -> Bool {
        state.withLock { state in
            guard !state.isOver, case .starting(let next) = state.stage, next.number == process else { return false }
            state.stage = .giving(next)
            return true
        }
    }

    /// It has not been given.
    func keep() {
        state.withLock { state in
            guard case .giving(let next) = state.stage else { return }
            state.stage = .starting(next)
            if state.isOver { next.kill() }
        }
    }

    /// The process has the sockets: the manager is told.
    ///
    /// - Returns: false when the process has ended, by itself or because the manager cannot be told. Then nothing has changed.
    func follow() async -> Bool {
        let stage = state.withLock { $0.stage }
        guard case .giving(let next) = stage else { return false }
        if !next.hasEnded {
            let refused = await manager.watch(next.number)
            if refused == 0 {
                let isAskedAgain = state.withLock { state in
                    state.stage = .followed(next)
                    return state.isAskedAgain
                }
                if isAskedAgain { next.ask() }
                return true
            }
            logger.error(
                "the service manager cannot be told of the next gateway",
                metadata: ["pid": "\(next.number)", "cause": "\(String(cString: strerror(refused)))"])
            // It does not serve before it has an answer, and ends within a moment, which is looked for: nobody waits here else.
            next.kill()
            while !next.hasEnded { try? await Task.sleep(for: Self.look) }
        }
        keep()
        return false
    }

    // MARK: The next gateway starts

    private func replace() async {
        while !isAlone() {
            guard await isNotTold() else { return }
        }
        guard !Task.isCancelled, !isFollowed, let next = start() else { return }
        let latest = ContinuousClock.now + longestStart
        while await isNotTold() {
            let hasEnded = next.hasEnded
            let isLate = latest <= .now
            let isDecided = state.withLock { state in
                switch state.stage {
                case .nobody, .followed: return true
                case .giving: return false
                case .starting:
                    guard hasEnded || isLate else { return false }
                    state.stage = .nobody
                    next.kill()
                    logger.error(
                        "the next gateway \(hasEnded ? "has ended" : "does not get ready"): this one goes on",
                        metadata: ["pid": "\(next.number)"])
                    return true
                }
            }
            if isDecided { return }
        }
        end()
    }

    private var isFollowed: Bool {
        state.withLock { state in
            if case .followed = state.stage { true } else { false }
        }
    }

    /// This gateway is to end. Without it the next one would start as if it were the first.
    private func end() {
        state.withLock { state in
            state.isOver = true
            if case .starting(let next) = state.stage { next.kill() }
        }
    }

    private func start() -> SuccessorProcess? {
        do throws(SuccessorProcess.NotStarted) {
            let next = try state.withLock { state throws(SuccessorProcess.NotStarted) in
                let next = try SuccessorProcess(program: program, environment: environment)
                state.stage = .starting(next)
                return next
            }
            logger.notice("the next gateway is started", metadata: ["pid": "\(next.number)", "program": "\(program)"])
            return next
        } catch {
            logger.error("the next gateway cannot be started: this one goes on", metadata: ["cause": "\(error)"])
            return nil
        }
    }

    /// - Returns: a moment later; false when this gateway has been told to end.
    private func isNotTold() async -> Bool {
        (try? await Task.sleep(for: Self.look)) != nil
    }
}
