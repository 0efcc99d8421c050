import Glibc
import IPC
import Logging
import NIOCore
import Shared
import Synchronization

extension WorkerSupervisor {
    func carryOut(_ order: Order) async {
        switch order {
        case .launch(let tenant, let generation): await launch(tenant, generation)
        case .reconnect(let tenant, let generation, let loop): await reconnect(tenant, generation, loop)
        case .review(let tenant?): await review(tenant)
        case .review(nil): await reviewAll()
        }
    }

    private func launch(_ tenant: TenantID, _ generation: UInt64) async {
        let nonce = (0..<32).map { _ in UInt8.random(in: .min ... .max) }
        let worker: LaunchedWorker
        let review = state.withLock { $0.slots[tenant]?.reviews ?? 0 }
        do {
            let data = try await tenants.bootData(tenant)
            tell(data, to: tenant, generation)
            let record = WorkerBootRecord(
                tenant: tenant,
                slug: data.slug,
                timeZone: data.timeZone,
                database: data.database,
                nonce: nonce,
                generation: generation,
                gatewayUserID: settings.userID,
                limits: data.limits
            )
            worker = try await launcher.launch(record, at: directory.location(of: tenant)) { [self] exit in
                exited(tenant, generation, exit)
            }
        } catch let fault as Fault where fault.code == .databaseUnavailable {
            logger.warning("no worker: the database is away", metadata: metadata(tenant, generation, "\(fault.code)"))
            handle(.registryAway(generation: generation), of: tenant)
            return
        } catch {
            if let fault = error as? Fault, fault.code == .notFound, isNewest(review, of: tenant) {
                // Suspended or deleted, and asked for by somebody who had not heard of it: no failure of a worker's.
                handle(.stop(.suspension), of: tenant)
            } else {
                logger.error("a worker cannot be started", metadata: metadata(tenant, generation, "\(error)"))
                state.withLock { $0.counts.notStarted += 1 }
            }
            handle(of: tenant) { slot, state in
                .launchFailed(generation: generation, isWanted: isWanted(slot, state))
            }
            return
        }
        guard let deadline = adopt(worker, tenant, generation) else { return }
        do {
            let settings = WorkerConnectionSettings(
                nonce: nonce, generation: generation, traffic: state.withLock { $0.slots[tenant]?.traffic })
            let connections = try await connectAll(tenant, settings, until: deadline)
            open(connections, tenant, generation, settings)
        } catch {
            logger.error("a worker does not answer", metadata: metadata(tenant, generation, "\(error)"))
            handle(.lost(generation: generation), of: tenant)
        }
    }

    /// Remembers what the worker of a generation is told.
    private func tell(_ data: TenantBootData, to tenant: TenantID, _ generation: UInt64) {
        state.withLock { state in
            state.slots[tenant]?.slug = data.slug
            guard let slot = state.slots[tenant], slot.lifecycle.generation == generation, slot.lifecycle.hasProcess
            else { return }
            state.slots[tenant]?.told = data
        }
    }

    private func exited(_ tenant: TenantID, _ generation: UInt64, _ exit: WorkerExit) {
        let isClean = exit == .code(0)
        let level: Logger.Level = isClean ? .info : .warning
        logger.log(level: level, "a worker has ended", metadata: metadata(tenant, generation, "\(exit)"))
        if !isClean {
            state.withLock { state in
                guard let slot = state.slots[tenant], slot.lifecycle.generation == generation else { return }
                // One that was killed for a fault is counted as that fault.
                if case .draining = slot.lifecycle.state { return }
                state.counts.crashed += 1
            }
        }
        handle(of: tenant) { slot, state in
            .exited(generation: generation, isClean: isClean, isWanted: isWanted(slot, state))
        }
    }

    /// Remembers the process, and answers until when it must be ready; nil when it is not wanted any more.
    private func adopt(_ worker: LaunchedWorker, _ tenant: TenantID, _ generation: UInt64) -> NIODeadline? {
        let deadline = state.withLock { state -> NIODeadline? in
            guard state.slots[tenant]?.lifecycle.generation == generation else { return nil }
            switch state.slots[tenant]?.lifecycle.state {
            case .starting(let deadline):
                state.slots[tenant]?.process = worker
                state.slots[tenant]?.startedAt = Instant.now
                return deadline
            case .draining:
                state.slots[tenant]?.process = worker
                return nil
            case .moving, .idle, .ready, .backingOff, .stopped, nil:
                return nil
            }
        }
        // Whoever wanted it ended did so before there was a process to end.
        if deadline == nil { launcher.kill(worker) }
        return deadline
    }

    private func connectAll(
        _ tenant: TenantID,
        _ settings: WorkerConnectionSettings,
        until deadline: NIODeadline
    ) async throws -> [WorkerConnection] {
        let location = directory.location(of: tenant)
        return try await withThrowingTaskGroup(of: (Int, WorkerConnection).self) { tasks in
            for (index, loop) in loops.enumerated() {
                tasks.addTask {
                    (index, try await Self.connect(location, settings, on: loop, until: deadline))
                }
            }
            var made: [(Int, WorkerConnection)] = []
            do {
                for try await connection in tasks { made.append(connection) }
            } catch {
                for (_, connection) in made { connection.close() }
                // What connects after the first failure must not stay open either.
                while let late = await tasks.nextResult() {
                    if case .success((_, let connection)) = late { connection.close() }
                }
                throw error
            }
            return made.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private static func connect(
        _ location: WorkerLocation,
        _ settings: WorkerConnectionSettings,
        on loop: any EventLoop,
        until deadline: NIODeadline
    ) async throws -> WorkerConnection {
        let timeout = max(deadline - .now(), .milliseconds(1))
        switch location {
        case .unixSocket(let path):
            return try await WorkerConnector.connect(path: path, settings: settings, on: loop, timeout: timeout)
                .connection
        }
    }

    private func open(
        _ connections: [WorkerConnection],
        _ tenant: TenantID,
        _ generation: UInt64,
        _ settings: WorkerConnectionSettings
    ) {
        let isWanted = state.withLock { state in
            guard let slot = state.slots[tenant], slot.lifecycle.generation == generation,
                case .starting = slot.lifecycle.state
            else { return false }
            state.ready[tenant] = ReadyWorker(connections: connections)
            state.slots[tenant]?.knownUses = 0
            state.slots[tenant]?.reconnection = settings
            return true
        }
        guard isWanted else {
            for connection in connections { connection.close() }
            return
        }
        handle(of: tenant) { slot, _ in
            .answered(generation: generation, isForSchedule: slot.scheduledWorks > 0 && slot.requestsWaiting == 0)
        }
        for (loop, connection) in connections.enumerated() {
            watch(connection, tenant, generation, loop)
        }
    }

    private func watch(_ connection: WorkerConnection, _ tenant: TenantID, _ generation: UInt64, _ loop: Int) {
        connection.retired.whenSuccess { [self] reason in
            switch reason {
            case .lost:
                handle(.lost(generation: generation), of: tenant)
            case .farewell:
                handle(.farewell(generation: generation), of: tenant)
            case .exhausted:
                let isCurrent = state.withLock { state in
                    guard state.slots[tenant]?.lifecycle.generation == generation else { return false }
                    state.ready[tenant]?.connections[loop] = nil
                    return true
                }
                if isCurrent { order.yield(.reconnect(tenant, generation: generation, loop: loop)) }
            }
        }
    }

    private func reconnect(_ tenant: TenantID, _ generation: UInt64, _ loop: Int) async {
        let known = state.withLock { state in
            state.slots[tenant]?.lifecycle.generation == generation ? state.slots[tenant]?.reconnection : nil
        }
        guard let known else { return }
        do {
            let deadline = NIODeadline.now() + settings.lifecycle.startDeadline
            let connection = try await Self.connect(
                directory.location(of: tenant),
                known,
                on: loops[loop],
                until: deadline
            )
            let waiting = state.withLock { state -> [Effect]? in
                guard var slot = state.slots[tenant], slot.lifecycle.generation == generation,
                    state.ready[tenant] != nil
                else { return nil }
                state.ready[tenant]?.connections[loop] = connection
                defer { state.slots[tenant] = slot }
                return carryOut([.admit], tenant, &slot, &state)
            }
            guard let waiting else { return connection.close() }
            perform(waiting)
            watch(connection, tenant, generation, loop)
        } catch {
            handle(.lost(generation: generation), of: tenant)
        }
    }

    private func metadata(_ tenant: TenantID, _ generation: UInt64, _ cause: String) -> Logger.Metadata {
        ["tenant": "\(tenant)", "generation": "\(generation)", "cause": "\(cause)"]
    }
}
