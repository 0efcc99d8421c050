import HTTPTypes
import NIOCore
import Shared

/// Serves requests and remembers of them what their routes say: the one place from which changes, refusals and questions
/// get into the database's records.
struct RecordedRequests: Sendable {
    let writer: AuditWriter
    let changes: UninterruptedWork
    let refusals: RefusalLog
    let queries: QueryLog

    /// Serves a request that may be served.
    ///
    /// - Throws: what the route does; `outcome_unknown` for a change that was made and could not be audited.
    func serve(
        _ context: TenantContext,
        _ route: Route,
        by handler: @escaping @Sendable (TenantContext) async throws -> Response
    ) async throws -> Response {
        switch route.record {
        case .none:
            return try await handler(context)
        case .query:
            return try await serveQuery(context, route, by: handler)
        case .change(let change):
            let (context, body) = try await context.withWholeBody()
            return try await changes.run { try await serve(context, change, body, by: handler) }
        }
    }

    private func serve(
        _ context: TenantContext,
        _ change: AuditedChange,
        _ body: ByteBuffer,
        by handler: @Sendable (TenantContext) async throws -> Response
    ) async throws -> Response {
        let response: Response
        do {
            response = try await handler(context)
        } catch let fault as Fault {
            if fault.mayHaveChanged, !change.isTrial(context.request) {
                writer.note(change.record(of: context, body: body, response: nil))
            }
            throw fault
        }
        guard response.status.kind == .successful, !change.isTrial(context.request) else { return response }
        do {
            try await writer.append(change.record(of: context, body: body, response: response))
            return response
        } catch {
            // Made, but not told of. Without Retry-After: nobody is to make it twice by himself.
            throw Fault(code: .outcomeUnknown)
        }
    }

    private func serveQuery(
        _ context: TenantContext,
        _ route: Route,
        by handler: @Sendable (TenantContext) async throws -> Response
    ) async throws -> Response {
        guard case .user(let user, _) = context.principal.kind else { return try await handler(context) }
        let (context, body) = try await context.withWholeBody()
        let started = NIODeadline.now()
        let response = try await handler(context)
        if response.status.kind == .successful || response.status == .notModified {
            queries.note(
                AskedQuery(
                    user: user,
                    tenant: context.tenant,
                    route: "\(route.method.rawValue) \(route.template)",
                    query: context.request.uri.query ?? String(buffer: body)
                ),
                microseconds: (NIODeadline.now() - started).nanoseconds / 1_000,
                answerBytes: response.whole?.readableBytes
            )
        }
        return response
    }

    /// Remembers a refusal, if it is one that matters: something that is not allowed was tried.
    func note(_ fault: Fault, _ identity: VerifiedIdentity?, _ route: Route?, from caller: InsertAuditEntry.Caller) {
        switch fault.code {
        case .forbidden, .csrfFailed, .notAMember: break
        default: return
        }
        guard let route else { return }
        refusals.note(
            Refusal(
                tenant: identity?.principal.tenant,
                actor: identity?.actor ?? AuditRecord.anonymous,
                action: "request.refused",
                object: "route:\(route.method.rawValue) \(route.template)",
                reason: fault.code.rawValue,
                caller: caller
            ))
    }
}

extension Fault {
    /// Whether what was asked for may have been done all the same.
    fileprivate var mayHaveChanged: Bool {
        switch code {
        case .outcomeUnknown, .deadlineExceeded, .internal: true
        default: false
        }
    }
}

extension TenantContext {
    /// The same with the body read, and the body.
    ///
    /// - Throws: what `wholeBody` does.
    fileprivate func withWholeBody() async throws -> (TenantContext, ByteBuffer) {
        guard open.bodyLimit > 0 else { return (self, ByteBuffer()) }
        let body = try await open.wholeBody()
        var open = open
        open.request = open.request.with(body: body)
        return (TenantContext(open: open, identity: identity), body)
    }
}
