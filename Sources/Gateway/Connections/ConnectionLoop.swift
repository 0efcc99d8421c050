import NIOCore

/// What a request came by, as the way back of its answer: a connection of HTTP/1.1 or a stream of HTTP/2. Used on its event
/// loop only.
protocol RequestOrigin: AnyObject, SendableMetatype {
    /// Writes an answer whose body is at hand.
    func finish(with answer: Answer)

    /// Writes the head of an answer whose body comes part by part; nil when nobody waits for it any more.
    func beginBody(of answer: Answer) -> ResponseBodyWriter?

    /// Ends a body that came part by part. One that could not be completed is cut off, so that nobody takes it for whole.
    func endBody(of answer: Answer, isComplete: Bool)

    /// The reader of the request's body has taken some of it, or wants no more.
    func bodyIsWanted()

    /// The reader of the request's body takes it as a stream, which may take as long as it keeps its pace.
    func bodyIsStream()
}

/// Brings answers back to the event loop of where their requests came from.
struct ConnectionLoop<Origin: RequestOrigin>: Sendable {
    let handler: NIOLoopBound<Origin>
    let eventLoop: any EventLoop

    func write(_ answer: Answer) async {
        guard case .written(let write) = answer.response.body.content else {
            return onLoop { $0.finish(with: answer) }
        }
        let handler = handler
        let begun = try? await eventLoop.submit { handler.value.beginBody(of: answer) }.get()
        guard let writer = begun ?? nil else { return }
        // Whoever wants the head only waits for no body: one that comes as things happen would have no end.
        if writer.isDiscarded { return onLoop { $0.endBody(of: answer, isComplete: true) } }
        do {
            try await write(writer)
            onLoop { $0.endBody(of: answer, isComplete: true) }
        } catch {
            onLoop { $0.endBody(of: answer, isComplete: false) }
        }
    }

    private func onLoop(_ body: @escaping @Sendable (Origin) -> Void) {
        let handler = handler
        if eventLoop.inEventLoop { body(handler.value) } else { eventLoop.execute { body(handler.value) } }
    }
}
