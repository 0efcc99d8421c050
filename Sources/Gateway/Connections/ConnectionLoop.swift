import NIOCore

/// Brings answers back to the event loop of their connection.
struct ConnectionLoop: Sendable {
    let handler: NIOLoopBound<HTTPConnectionHandler>
    let eventLoop: any EventLoop

    func write(_ answer: Answer) async {
        guard case .written(let write) = answer.response.body.content else {
            return onLoop { $0.finish(with: answer) }
        }
        let handler = handler
        let begun = try? await eventLoop.submit { handler.value.beginBody(of: answer) }.get()
        guard let writer = begun ?? nil else { return }
        do {
            try await write(writer)
            onLoop { $0.endBody(of: answer, isComplete: true) }
        } catch {
            onLoop { $0.endBody(of: answer, isComplete: false) }
        }
    }

    private func onLoop(_ body: @escaping @Sendable (HTTPConnectionHandler) -> Void) {
        let handler = handler
        if eventLoop.inEventLoop { body(handler.value) } else { eventLoop.execute { body(handler.value) } }
    }
}
