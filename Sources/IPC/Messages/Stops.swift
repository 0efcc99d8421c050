package import NIOCore
package import Shared

/// One stop, with what has come since its line's stops were calculated last.
package struct ReadStop: WorkerCall {
    package static let kind = CallKind.readStop
    package var mayBeRepeated: Bool { true }

    package var line: LineID
    package var event: StopID

    package init(line: LineID, event: StopID) {
        self.line = line
        self.event = event
    }

    package func write(to buffer: inout ByteBuffer) {
        buffer.writeInteger(line.rawValue)
        buffer.writeInteger(event.rawValue)
    }

    package init(from buffer: inout ByteBuffer) throws(WireError) {
        line = LineID(try buffer.readWireInteger())
        event = StopID(try buffer.readWireInteger())
    }
}

/// Something a person does to the stops of a line. Body: the JSON of that edit, whose shape the gateway has checked.
package struct EditStops: WorkerCall {
    package static let kind = CallKind.editStops
    package var mayBeRepeated: Bool { isTrial || idempotencyKey != nil }

    package enum Action: UInt8, CaseIterable, Sendable {
        case enter = 1
        case justify = 2
        case change = 3
        case delete = 4
        case split = 5
        case merge = 6
        case undo = 7
    }

    package var action: Action
    /// The line of the path; nil where the body names it.
    package var line: LineID?
    /// The stop of the path.
    package var event: StopID?
    /// Nothing is stored; the answer is what the figures would be.
    package var isTrial: Bool
    /// What is asked of the stop of the path as it is now.
    package var precondition: Precondition
    /// The client's name for this edit; a repeat gets the first answer. For those that answer with one stop.
    package var idempotencyKey: String?

    package init(
        _ action: Action,
        line: LineID? = nil,
        event: StopID? = nil,
        isTrial: Bool = false,
        precondition: Precondition = .absent,
        idempotencyKey: String? = nil
    ) {
        self.action = action
        self.line = line
        self.event = event
        self.isTrial = isTrial
        self.precondition = precondition
        self.idempotencyKey = idempotencyKey
    }

    package func write(to buffer: inout ByteBuffer) {
        buffer.writeInteger(action.rawValue)
        buffer.writeWireOptional(line) { $0.writeInteger($1.rawValue) }
        buffer.writeWireOptional(event) { $0.writeInteger($1.rawValue) }
        buffer.writeInteger(UInt8(isTrial ? 1 : 0))
        precondition.write(to: &buffer)
        buffer.writeWireOptional(idempotencyKey) { $0.writeWireString($1) }
    }

    package init(from buffer: inout ByteBuffer) throws(WireError) {
        guard let action = Action(rawValue: try buffer.readWireInteger()) else { throw .invalidValue("action") }
        self.action = action
        line = try buffer.readWireOptional { (buffer) throws(WireError) in LineID(try buffer.readWireInteger()) }
        event = try buffer.readWireOptional { (buffer) throws(WireError) in StopID(try buffer.readWireInteger()) }
        isTrial = try buffer.readWireInteger(as: UInt8.self) != 0
        precondition = try Precondition(from: &buffer)
        idempotencyKey = try buffer.readWireOptional { (buffer) throws(WireError) in try buffer.readWireString() }
    }
}

/// Calculates the stops of a line in a period anew. Body: the JSON of POST /downtimes/recalculate.
package struct RecalculateStops: WorkerCall {
    package static let kind = CallKind.recalculateStops
    package var mayBeRepeated: Bool { true }

    package init() {}

    package func write(to buffer: inout ByteBuffer) {}

    package init(from buffer: inout ByteBuffer) throws(WireError) {}
}

/// Calculates all stops of a line anew: what the operator's rebuild asks for.
package struct RebuildStops: WorkerCall {
    package static let kind = CallKind.rebuildStops
    package var mayBeRepeated: Bool { true }

    package var line: LineID

    package init(line: LineID) {
        self.line = line
    }

    package func write(to buffer: inout ByteBuffer) {
        buffer.writeInteger(line.rawValue)
    }

    package init(from buffer: inout ByteBuffer) throws(WireError) {
        line = LineID(try buffer.readWireInteger())
    }
}

/// Drops what the worker keeps in memory and reads it anew.
package struct RefreshCache: WorkerCall {
    package static let kind = CallKind.refreshCache
    package var mayBeRepeated: Bool { true }

    package init() {}

    package func write(to buffer: inout ByteBuffer) {}

    package init(from buffer: inout ByteBuffer) throws(WireError) {}
}
