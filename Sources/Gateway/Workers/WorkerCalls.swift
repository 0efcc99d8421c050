package import IPC
package import NIOCore
package import Shared

extension WorkerSupervisor {
    /// How often one request is sent anew because nobody had begun with it.
    private static let mostAttempts = 8

    /// Asks the worker of the principal's tenant: the way by which routes reach data.
    ///
    /// What no worker has begun with is sent again; what one may have begun with is sent again once, if it may be repeated.
    /// - Parameter deadline: for all attempts together, waiting for a worker included.
    /// - Throws: the worker's own fault, `outcome_unknown` for a write whose worker died, `deadline_exceeded` (also when
    ///   the calling task is cancelled), or one of those of `connection`.
    package func call<Call: WorkerCall>(
        _ call: Call,
        principal: Principal,
        requestID: String,
        deadline: NIODeadline,
        body: ByteBuffer = ByteBuffer(),
        on eventLoop: any EventLoop
    ) async throws(Fault) -> WorkerReply {
        var isRepeated = false
        for _ in 0..<Self.mostAttempts {
            let connection = try await connection(for: principal.tenant, on: eventLoop, deadline: deadline)
            do {
                return try await connection.send(
                    call,
                    principal: principal,
                    requestID: requestID,
                    deadline: deadline,
                    body: body
                )
            } catch {
                switch error {
                case .fault(let fault): throw fault
                case .deadlineExceeded, .cancelled: throw Fault(code: .deadlineExceeded)
                case .notSent: break
                case .connectionLost:
                    guard call.mayBeRepeated(with: body) else { throw Fault(code: .outcomeUnknown) }
                    guard !isRepeated else { throw Fault(code: .workerBackoff, retryAfterSeconds: 1) }
                    isRepeated = true
                }
            }
        }
        throw Fault(code: .workerDraining, retryAfterSeconds: 1)
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
