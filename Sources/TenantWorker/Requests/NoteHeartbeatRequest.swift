import IPC
import NIOCore
import Shared

/// POST /heartbeats.
extension WorkerRequests {
    func noteHeartbeat(_ call: NoteHeartbeat, _ request: IncomingRequest) async throws -> Answer {
        let body = try HeartbeatBody.read(Array(buffer: request.body))
        let model = try await models.model(deadline: request.deadline)
        var faults: [ParameterFault] = []
        let visible = model.lines(visibleTo: request.head.principal)
        let line =
            switch body.line {
            case .id(let id): visible.first { $0.id == id }
            case .code(let code): visible.first { $0.code == code }
            }
        if line == nil {
            let name = if case .id = body.line { "line_id" } else { "line" }
            faults.append(ParameterFault(parameter: name, code: .unknownLine))
        }
        if let line, let area = body.area {
            let directory = DetectionDirectory(model: model, principal: request.head.principal)
            if directory.area(named: Array(area.utf8)[...], of: line.id) == nil {
                faults.append(ParameterFault(parameter: "area", code: .unknownArea))
            }
        }
        let now = clock()
        let at = body.at ?? now
        if at - now > DetectionBatch.latestAhead { faults.append(ParameterFault(parameter: "at", code: .futureTime)) }
        guard faults.isEmpty, let line else { throw Fault.invalid(faults) }
        if line.heartbeatTimeoutSeconds != nil {
            try await watches.note(line.id, at: at, deadline: request.deadline)
        }
        return .whole(ReplyHead(status: 204, content: .none), ByteBuffer())
    }
}
