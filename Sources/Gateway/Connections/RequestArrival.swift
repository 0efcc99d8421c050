import NIOCore

/// What has come of the requests of one connection, and by when the rest must have come.
///
/// It has neither a timer nor a socket: parts go in with the time as the caller says it is, and it is asked when it next
/// wants to be looked at. A request that comes in one read never needs the time.
struct RequestArrival {
    /// What has to happen because time has passed.
    enum Outcome: Equatable {
        case nothing
        /// Nobody is owed an answer: close.
        case close
        /// A part of a head came too slowly: answer, then close.
        case refuse
        /// A body comes too slowly: tell whoever reads it, who will answer.
        case tell
    }

    private struct Body: Equatable {
        /// Nil until the read that brought the head is over.
        var began: NIODeadline?
        var windowBegan = NIODeadline.distantFuture
        var bytesInWindow = 0
        /// Whether it may take as long as it keeps its pace.
        var isStream = false
    }

    private enum Phase: Equatable {
        /// A new connection; not a byte has come.
        case unused(since: NIODeadline)
        /// Between two requests.
        case between
        /// A part of a head has come.
        case head(since: NIODeadline)
        /// The head has been passed on, the end of its body has not.
        case body(Body)
        /// Nothing that comes is looked at any more.
        case over
    }

    private let pace: RequestPace
    private var phase: Phase
    /// Whether the current read has brought a part of a request.
    private var hasParsed = false
    private var latestEndOfBody = NIODeadline.distantFuture
    /// Requests passed on whose answers have not been written.
    private(set) var unanswered = 0

    init(pace: RequestPace, at now: NIODeadline) {
        self.pace = pace
        phase = .unused(since: now)
    }

    var isOver: Bool { phase == .over }

    /// Whether the end of the newest request is still to come.
    var isInBody: Bool {
        if case .body = phase { true } else { false }
    }

    mutating func headCame() {
        hasParsed = true
        unanswered += 1
        phase = .body(Body())
    }

    mutating func bodyCame(_ bytes: Int) {
        hasParsed = true
        guard case .body(var body) = phase else { return }
        body.bytesInWindow += bytes
        phase = .body(body)
    }

    /// The body that is coming is a stream.
    mutating func streamBegan(at now: NIODeadline) {
        guard case .body(var body) = phase, !body.isStream else { return }
        body.isStream = true
        body.began = now
        body.windowBegan = now
        body.bytesInWindow = 0
        phase = .body(body)
    }

    mutating func endCame() {
        hasParsed = true
        phase = .between
    }

    /// A read is over, and what could be parsed of it has been told.
    ///
    /// - Parameter isInHead: whether it goes on after the end of the newest request.
    mutating func readEnded(isInHead: Bool = false, at now: @autoclosure () -> NIODeadline) {
        switch phase {
        case .unused, .between:
            if !hasParsed || isInHead { phase = .head(since: now()) }
        case .body(var body) where body.began == nil:
            let began = now()
            body.began = began
            body.windowBegan = began
            phase = .body(body)
        case .body, .head, .over:
            break
        }
        hasParsed = false
    }

    mutating func answerEnded(at now: @autoclosure () -> NIODeadline) {
        unanswered -= 1
        // Who had to wait for an answer gets his whole time for the next head, and for a body that was not read meanwhile.
        if unanswered == 0, case .head = phase { phase = .head(since: now()) }
        if unanswered == 1, case .body(var body) = phase, body.began != nil {
            let began = now()
            body.began = began
            body.windowBegan = began
            body.bytesInWindow = 0
            phase = .body(body)
        }
    }

    mutating func end() {
        phase = .over
    }

    /// The gateway ends: what still comes must have come soon.
    mutating func quiesce(at now: NIODeadline) {
        latestEndOfBody = now + pace.afterQuiescing
    }

    /// When `expire` has something to say; nil while nothing is late.
    var due: NIODeadline? {
        switch phase {
        case .unused(let since):
            return since + pace.head
        case .head(let since):
            return unanswered == 0 ? since + pace.head : nil
        case .body(let body):
            guard unanswered <= 1, let began = body.began else { return nil }
            let latest = body.isStream ? NIODeadline.distantFuture : began + pace.wholeBody
            return min(latest, body.windowBegan + pace.bodyWindow, latestEndOfBody)
        case .between, .over:
            return nil
        }
    }

    /// - Parameter isHeldBack: whether what comes of the body is not read at the moment, so that it cannot be late.
    mutating func expire(at now: NIODeadline, isHeldBack: Bool = false) -> Outcome {
        guard let due, due <= now else { return .nothing }
        switch phase {
        case .unused:
            phase = .over
            return .close
        case .head:
            phase = .over
            return .refuse
        case .body(var body):
            let isLate = !body.isStream && (body.began.map { now >= $0 + pace.wholeBody } ?? false)
            let least = body.isStream ? pace.leastBytesInStreamWindow : pace.leastBytesInWindow
            let keepsPace = body.bytesInWindow >= least || (body.isStream && isHeldBack)
            if !isLate, now < latestEndOfBody, keepsPace {
                body.windowBegan = now
                body.bytesInWindow = 0
                phase = .body(body)
                return .nothing
            }
            phase = .over
            return unanswered > 0 ? .tell : .close
        case .between, .over:
            return .nothing
        }
    }
}
