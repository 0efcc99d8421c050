import CProcess
import Glibc
import IPC
import Logging
import NIOCore
import Synchronization

/// Has systemd start workers, as `camet-worker@<tenant>.service`: with a user of their own, in the slice of their tenant, with a socket that
/// systemd listens on. Who it is a worker is told as a credential.
///
/// systemd is asked by its program; that a worker has ended is told by its process. A unit has one worker at a time, so the signals
/// of one are over before its end is told.
final class SystemdLauncher: WorkerLauncher {
    private struct Running {
        var unit: WorkerUnit
        var onExit: @Sendable (WorkerExit) -> Void
        /// Signals that systemd has been asked for and has not sent yet.
        var signals = 0
        var hasEnded = false
    }

    private struct State {
        var number: UInt64 = 0
        var running: [UInt64: Running] = [:]
    }

    private enum Start {
        /// systemd has read the boot record: the unit has a process.
        case told
        /// systemd has done with the start, well or badly.
        case done(Systemctl.Outcome)
        case late
    }

    private static let grace = TimeAmount.seconds(9)
    /// For how long systemd is asked how a worker that has ended has ended.
    private static let mostQuestions = 50
    private static let betweenQuestions = TimeAmount.milliseconds(20)

    private let state = Mutex(State())
    private let ends: ProcessEnds
    private let systemctl: Systemctl
    private let credentials: BootCredentials
    private let patience: TimeAmount
    private let loop: any EventLoop
    private let logger: Logger

    /// - Parameters:
    ///   - runFolder: the gateway's folder of sockets, which the units name.
    ///   - patience: how long a worker may take until it is told who it is.
    init(
        runFolder: String, patience: TimeAmount, loop: any EventLoop, logger: Logger
    ) throws(WorkerLaunchError) {
        ends = try ProcessEnds()
        systemctl = Systemctl(ends: ends)
        credentials = try BootCredentials(folder: runFolder + "/credentials", logger: logger)
        self.patience = patience
        self.loop = loop
        self.logger = logger
    }

    func launch(
        _ record: WorkerBootRecord,
        at location: WorkerLocation,
        onExit: @escaping @Sendable (WorkerExit) -> Void
    ) async throws(WorkerLaunchError) -> LaunchedWorker {
        var record = record
        record.gatewayProcessID = getpid()
        guard let boot = record.framed() else { throw .bootRecordTooLong }
        let unit = WorkerUnit(tenant: record.tenant)
        try await start(unit, boot)
        let process = try await mainProcess(of: unit)
        let number = state.withLock { state in
            state.number += 1
            state.running[state.number] = Running(unit: unit, onExit: onExit)
            return state.number
        }
        let unwatched = ends.watch(process) { [self] in ended(number) }
        if unwatched == ESRCH {
            ended(number)
        } else if unwatched != 0 {
            state.withLock { $0.running[number] = nil }
            await abandon(unit)
            throw .notStarted(program: unit.name, code: unwatched)
        }
        return LaunchedWorker(number: number, processID: process, controlGroup: unit.controlGroup)
    }

    func terminate(_ worker: LaunchedWorker) {
        send("SIGTERM", to: worker.number, ["--kill-whom=main"])
        loop.scheduleTask(in: Self.grace) { [self] in kill(worker) }
    }

    func kill(_ worker: LaunchedWorker) {
        send("SIGKILL", to: worker.number, [])
    }

    // MARK: Start

    /// Returns when the unit has a process that is told who it is.
    private func start(_ unit: WorkerUnit, _ boot: ByteBuffer) async throws(WorkerLaunchError) {
        let (steps, step) = AsyncStream.makeStream(of: Start.self)
        let offer = try credentials.offer(boot, to: unit) { step.yield(.told) }
        defer { credentials.withdraw(offer) }
        // What may be left of an earlier worker ends by this. A start that contradicts what systemd is about to do, such as to end
        // the gateway, does not take place.
        systemctl.run(["restart", "--job-mode=fail", unit.name]) { step.yield(.done($0)) }
        let expiry = loop.scheduleTask(in: patience) { step.yield(.late) }
        defer { expiry.cancel() }
        switch await steps.first(where: { _ in true }) {
        case .told?:
            return
        case .done(let outcome)?:
            logger.error(
                "systemd does not start a worker",
                metadata: ["unit": "\(unit)", "code": "\(outcome.code)", "reason": "\(outcome.text)"])
            throw .notStarted(program: unit.name, code: outcome.code)
        case .late?, nil:
            await abandon(unit)
            throw .notStarted(program: unit.name, code: ETIMEDOUT)
        }
    }

    private func mainProcess(of unit: WorkerUnit) async throws(WorkerLaunchError) -> Int32 {
        let outcome = await ask(["show", "--property=MainPID", "--value", unit.name])
        let line = outcome.text.prefix { $0 != "\n" }
        guard outcome.code == 0, let process = Int32(line), process > 0 else {
            await abandon(unit)
            throw .notStarted(program: unit.name, code: outcome.code)
        }
        return process
    }

    /// Ends whatever the unit has. When it returns, that is no danger to the next worker any more.
    private func abandon(_ unit: WorkerUnit) async {
        _ = await ask(["kill", "--signal=SIGKILL", unit.name])
    }

    private func ask(_ arguments: [String]) async -> Systemctl.Outcome {
        await withUnsafeContinuation { answer in
            systemctl.run(arguments) { answer.resume(returning: $0) }
        }
    }

    // MARK: End

    private func send(_ signal: String, to number: UInt64, _ arguments: [String]) {
        let unit = state.withLock { state -> WorkerUnit? in
            guard let running = state.running[number], !running.hasEnded else { return nil }
            state.running[number]?.signals += 1
            return running.unit
        }
        guard let unit else { return }
        systemctl.run(["kill", "--signal=\(signal)"] + arguments + [unit.name]) { [self] outcome in
            let hasEnded = state.withLock { state in
                state.running[number]?.signals -= 1
                return state.running[number]?.hasEnded ?? false
            }
            if outcome.code != 0, !hasEnded {
                logger.error(
                    "systemd sends no signal to a worker",
                    metadata: ["unit": "\(unit)", "code": "\(outcome.code)", "reason": "\(outcome.text)"])
            }
            tellIfOver(number)
        }
    }

    private func ended(_ number: UInt64) {
        state.withLock { $0.running[number]?.hasEnded = true }
        tellIfOver(number)
    }

    private func tellIfOver(_ number: UInt64) {
        let over = state.withLock { state -> Running? in
            guard let running = state.running[number], running.hasEnded, running.signals == 0 else { return nil }
            return state.running.removeValue(forKey: number)
        }
        if let over { tellExit(of: over, questions: Self.mostQuestions) }
    }

    /// systemd may hear of the end of a process a moment after this process.
    private func tellExit(of worker: Running, questions: Int) {
        systemctl.run(["show", "--property=ActiveState,ExecMainCode,ExecMainStatus", worker.unit.name]) {
            [self] outcome in
            if let exit = WorkerExit(unitProperties: outcome.text) {
                worker.onExit(exit)
            } else if outcome.code != 0 || questions == 0 {
                worker.onExit(.unknown)
            } else {
                loop.scheduleTask(in: Self.betweenQuestions) { [self] in
                    tellExit(of: worker, questions: questions - 1)
                }
            }
        }
    }
}

extension WorkerExit {
    /// How the last process of a unit has ended, by the lines of `systemctl show`; nil while systemd does not know. A unit that ended
    /// well is forgotten by systemd, and says nothing of a process.
    init?(unitProperties text: String) {
        var values: [Substring: Substring] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1)
            if parts.count == 2 { values[parts[0]] = parts[1] }
        }
        guard let state = values["ActiveState"], let status = values["ExecMainStatus"].flatMap({ Int32($0) }) else {
            return nil
        }
        // As si_code of a child counts: 1 with an exit code, 2 and 3 by a signal.
        switch values["ExecMainCode"] {
        case "1": self = .code(status)
        case "2", "3": self = .signal(status)
        case "0" where state == "inactive": self = .code(0)
        default: return nil
        }
    }
}
