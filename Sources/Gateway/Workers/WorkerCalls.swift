package import IPC
package import NIOCore
package import Shared
import Synchronization

extension WorkerSupervisor {
    /// How often one request is sent anew because nobody had begun with it.
    private static let mostAttempts = 8

    /// Asks the worker of the principal's tenant: the way by which routes reach data.
    ///
    /// What no worker has begun with is sent again; what one may have begun with is sent again once, if it may be
    /// repeated.
    /// - Parameters:
    ///   - deadline: for all attempts together, waiting for a worker included.
    ///   - isScheduled: whether it is scheduled work. The worker is let to end it, and it is no use of the worker: one that was
    ///     started for it ends soon after, and it keeps no other from being idle.
    /// - Throws: the worker's own fault, `rate_limited` when the tenant has too many in flight, `outcome_unknown` for a write whose worker died, `deadline_exceeded` (also when
    ///   the calling task is cancelled), or one of those of `connection`.
    package func call<Call: WorkerCall>(
        _ call: Call,
        principal: Principal,
        requestID: String,
        deadline: NIODeadline,
        body: ByteBuffer = ByteBuffer(),
        on eventLoop: any EventLoop,
        isScheduled: Bool = false
    ) async throws(Fault) -> WorkerReply {
        try begin(principal)
        defer { end(principal) }
        if isScheduled { countScheduledWork(of: principal.tenant, 1) }
        defer { if isScheduled { countScheduledWork(of: principal.tenant, -1) } }
        var isRepeated = false
        for _ in 0..<Self.mostAttempts {
            do {
                return try await attempt(call, principal, requestID, deadline, body, on: eventLoop, isScheduled)
            } catch {
                switch error {
                case .fault(let fault):
                    // A refusal now says nothing of the first worker, which may have stored it before it died.
                    throw isRepeated && Call.kind.isWrite && fault.isOfTheMoment ? Fault(code: .outcomeUnknown) : fault
                case .deadlineExceeded, .cancelled: throw Fault(code: .deadlineExceeded)
                case .notSent: break
                case .connectionLost:
                    guard call.mayBeRepeated(with: body) else { throw Fault(code: .outcomeUnknown) }
                    guard !isRepeated else {
                        throw Call.kind.isWrite
                            ? Fault(code: .outcomeUnknown) : Fault(code: .workerBackoff, retryAfterSeconds: 1)
                    }
                    isRepeated = true
                }
            }
        }
        throw isRepeated && Call.kind.isWrite
            ? Fault(code: .outcomeUnknown) : Fault(code: .workerDraining, retryAfterSeconds: 1)
    }

    /// One way to a worker and back.
    private func attempt<Call: WorkerCall>(
        _ call: Call, _ principal: Principal, _ requestID: String, _ deadline: NIODeadline, _ body: ByteBuffer,
        on eventLoop: any EventLoop, _ isScheduled: Bool
    ) async throws(CallFailure) -> WorkerReply {
        let connection: WorkerConnection
        do {
            connection = try await self.connection(
                for: principal.tenant, on: eventLoop, deadline: deadline, isScheduled: isScheduled)
        } catch {
            throw .fault(error)
        }
        return try await connection.send(
            call, principal: principal, requestID: requestID, deadline: deadline, body: body)
    }

    /// What the gateway asks for itself takes no place of the tenant's.
    private func begin(_ principal: Principal) throws(Fault) {
        if principal.kind != .system { try inFlight.begin(of: principal.tenant) }
    }

    private func end(_ principal: Principal) {
        if principal.kind != .system { inFlight.end(of: principal.tenant) }
    }

    private func countScheduledWork(of tenant: TenantID, _ change: Int) {
        state.withLock { state in
            var slot = state.slots.removeValue(forKey: tenant) ?? newSlot(of: tenant, state)
            slot.scheduledWorks += change
            state.slots[tenant] = slot
        }
    }

    /// Asks with a body that is passed on as it comes. It is sent once: what has been passed on is not kept.
    ///
    /// - Parameter patience: how long the answer may take from the end of the body.
    /// - Throws: as `call` without parts does, or what reading the parts threw.
    package func call<Call: WorkerCall, Parts: AsyncSequence & Sendable>(
        _ call: Call,
        principal: Principal,
        requestID: String,
        patience: TimeAmount,
        parts: Parts,
        on eventLoop: any EventLoop
    ) async throws -> WorkerReply where Parts.Element == ByteBuffer {
        try begin(principal)
        defer { end(principal) }
        let connection = try await connection(for: principal.tenant, on: eventLoop, deadline: .now() + patience)
        do {
            return try await connection.send(
                call, principal: principal, requestID: requestID, patience: patience, parts: parts)
        } catch let failure as CallFailure {
            switch failure {
            case .fault(let fault): throw fault
            case .deadlineExceeded, .cancelled: throw Fault(code: .deadlineExceeded)
            case .notSent: throw Fault(code: .workerDraining, retryAfterSeconds: 1)
            case .connectionLost: throw Fault(code: .outcomeUnknown)
            }
        }
    }
}

extension Fault {
    /// Whether it says that something cannot be done now, and nothing of what was asked for.
    fileprivate var isOfTheMoment: Bool {
        retryAfterSeconds != nil || code == .internal || code == .overloaded || code == .databaseUnavailable
    }
}
