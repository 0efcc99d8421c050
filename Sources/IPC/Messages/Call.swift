package import NIOCore
package import Shared

/// The calls a gateway makes of a worker, one per file beside this one.
package enum CallKind: UInt16, CaseIterable, Sendable {
    case listMasterData = 1
    case readMasterData = 2
    case createMasterData = 3
    case replaceMasterData = 4
    case deleteMasterData = 5
    case checkMasterData = 6
    case listSettings = 7
    case readSetting = 8
    case replaceSetting = 9
    case ingestDetections = 10
    case ingestDetectionStream = 11
    case noteHeartbeat = 12
    case previewMasterData = 14
    case readIndicators = 20
    case readProduction = 21
    case listDowntimes = 22
    case readLineStatus = 23
    case queryDashboard = 24
    case explainIndicators = 25
    case readLineShifts = 26
    case readHourBoards = 27
    case readShiftPeriod = 28
    case followEvents = 30
    case followLineEvents = 31
    case readDetections = 40
    case listFilters = 41
    case listFilterOptions = 42
    case validateFilters = 43
    case editStops = 50
    case recalculateStops = 51
    case doScheduledWork = 52
    case rebuildStops = 53
    case refreshCache = 54
    case readStop = 55
    case listSlowStatements = 60

    /// Whether the worker begins with a request when its head is there, and reads the body as it comes.
    package var streamsBody: Bool { self == .ingestDetectionStream }

    /// Whether it stores what a person or program gave, so that somebody must know whether it did.
    package var isWrite: Bool {
        [
            .createMasterData, .replaceMasterData, .deleteMasterData, .replaceSetting, .ingestDetections,
            .ingestDetectionStream, .editStops,
        ].contains(self)
    }

    /// Whether a worker counts it among its requests. What is asked to look at the worker is not.
    package var isCounted: Bool { self != .listSlowStatements }
}

/// The typed part of one call. A body, if the call has one, travels beside it as the bytes the client sent.
package protocol WorkerCall: WireValue, Equatable, Sendable {
    static var kind: CallKind { get }
    /// Whether the call may be sent a second time when the worker died before it answered.
    var mayBeRepeated: Bool { get }
    /// The same of a call with its body.
    func mayBeRepeated(with body: ByteBuffer) -> Bool
}

extension WorkerCall {
    package func mayBeRepeated(with body: ByteBuffer) -> Bool { mayBeRepeated }
}

/// What every request carries, whatever it asks.
package struct RequestHead: Equatable, Sendable {
    package var call: CallKind
    package var principal: Principal
    /// How long the gateway still waits for the answer, in milliseconds; of a streamed body: from its end.
    package var remainingMilliseconds: UInt32
    /// 1–128 of `A-Z a-z 0-9 . _ -`.
    package var requestID: String

    package init(call: CallKind, principal: Principal, remainingMilliseconds: UInt32, requestID: String) {
        self.call = call
        self.principal = principal
        self.remainingMilliseconds = remainingMilliseconds
        self.requestID = requestID
    }
}

extension RequestHead: WireValue {
    package func write(to buffer: inout ByteBuffer) {
        buffer.writeInteger(call.rawValue)
        buffer.writeInteger(remainingMilliseconds)
        buffer.writeWireString(requestID)
        principal.write(to: &buffer)
    }

    package init(from buffer: inout ByteBuffer) throws(WireError) {
        guard let call = CallKind(rawValue: try buffer.readWireInteger()) else { throw .invalidValue("call") }
        let remaining: UInt32 = try buffer.readWireInteger()
        let requestID = try buffer.readWireString()
        self.init(
            call: call,
            principal: try Principal(from: &buffer),
            remainingMilliseconds: remaining,
            requestID: requestID
        )
    }
}

/// What kind of bytes an answer's body is.
package enum ContentKind: UInt8, CaseIterable, Sendable {
    case none = 0
    case json = 1
    case eventStream = 2
}

/// The head of an answer; its body follows as bytes that the gateway passes on unread.
package struct ReplyHead: Equatable, Sendable {
    /// The HTTP status of a success, 200–299 or 422 for a batch of which nothing could be stored.
    package var status: UInt16
    package var content: ContentKind
    /// Strong validator of the body, without quotes.
    package var entityTag: String?
    /// Path of what was made, relative to the API's root.
    package var location: String?

    package init(
        status: UInt16 = 200,
        content: ContentKind = .json,
        entityTag: String? = nil,
        location: String? = nil
    ) {
        self.status = status
        self.content = content
        self.entityTag = entityTag
        self.location = location
    }
}

extension ReplyHead: WireValue {
    package func write(to buffer: inout ByteBuffer) {
        buffer.writeMultipleIntegers(status, content.rawValue)
        buffer.writeWireOptional(entityTag) { $0.writeWireString($1) }
        buffer.writeWireOptional(location) { $0.writeWireString($1) }
    }

    package init(from buffer: inout ByteBuffer) throws(WireError) {
        let status: UInt16 = try buffer.readWireInteger()
        guard (200...599).contains(status) else { throw .invalidValue("status") }
        guard let content = ContentKind(rawValue: try buffer.readWireInteger()) else {
            throw .invalidValue("content kind")
        }
        let entityTag = try buffer.readWireOptional { (buffer) throws(WireError) in try buffer.readWireString() }
        let location = try buffer.readWireOptional { (buffer) throws(WireError) in try buffer.readWireString() }
        self.init(status: status, content: content, entityTag: entityTag, location: location)
    }
}
