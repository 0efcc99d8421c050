import IPC
import ManufacturingKPI
import NIOCore
import Shared

/// The answer that shows one stop.
struct StopAnswer: Sendable {
    /// The status of the answer to a stop that was entered.
    static let madeStatus: UInt16 = 201

    let line: LineID
    let event: StopID
    let status: UInt16
    let entityTag: String
    let body: [UInt8]

    init(_ stop: Stop, of line: ProductionLine, status: UInt16 = 200) throws(Fault) {
        guard let event = stop.id else { throw Fault(code: .internal) }
        var json = JSONWriter(reservingCapacity: 512)
        DowntimeJSON.write(stop, of: line, to: &json)
        self.line = line.id
        self.event = event
        self.status = status
        entityTag = StopTag.of(stop, event, shownAs: json.bytes)
        body = json.bytes
    }

    var answer: Answer {
        let location = status == Self.madeStatus ? "downtimes/\(line)/\(event)" : nil
        return .whole(
            ReplyHead(status: status, entityTag: entityTag, location: location), ByteBuffer(bytes: body))
    }
}

/// As it is kept beside the key of an edit: `{event_id, entity_tag, body}`, or `{event_id}` alone from the edit until its
/// stop has been described, which takes figures that are read outside the edit's transaction.
extension StopAnswer {
    /// What is kept in the edit's transaction.
    static func begun(_ event: StopID, status: UInt16) -> IdempotentRequest.Kept {
        var json = JSONWriter()
        json.object { $0.field("event_id", event.rawValue) }
        return IdempotentRequest.Kept(status: status, answer: json.bytes)
    }

    /// What is kept once the answer is known.
    var kept: IdempotentRequest.Kept {
        var json = JSONWriter(reservingCapacity: 1_024)
        json.object { json in
            json.field("event_id", event.rawValue)
            json.field("entity_tag", entityTag)
            json.field("body", String(decoding: body, as: UTF8.self))
        }
        return IdempotentRequest.Kept(status: status, answer: json.bytes)
    }

    /// What was kept.
    enum Earlier {
        case whole(StopAnswer)
        /// The edit was made, and its answer never became known.
        case begun(StopID)
    }

    static func earlier(_ kept: IdempotentRequest.Kept, of line: LineID) throws(Fault) -> Earlier {
        // What is wrong with it is no fault of the client's.
        guard var fields = try? JSONFields(body: kept.answer) else { throw Fault(code: .internal) }
        let entityTag = fields.plainString("entity_tag")
        let body = fields.plainString("body")
        guard let number = fields.integer("event_id", in: 1...Int64.max) else { throw Fault(code: .internal) }
        guard let entityTag, let body else { return .begun(StopID(number)) }
        return .whole(
            StopAnswer(
                line: line,
                event: StopID(number),
                status: kept.status,
                entityTag: entityTag,
                body: Array(body.utf8)
            ))
    }

    private init(line: LineID, event: StopID, status: UInt16, entityTag: String, body: [UInt8]) {
        self.line = line
        self.event = event
        self.status = status
        self.entityTag = entityTag
        self.body = body
    }
}
