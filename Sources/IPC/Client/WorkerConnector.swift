package import NIOCore
import NIOPosix

/// What one side knows of the other before they speak.
package struct WorkerConnectionSettings: Sendable {
    package var nonce: [UInt8]
    package var generation: UInt64
    /// Requests and open streams on one connection, at most.
    package var maximumStreams: Int
    /// Bytes of frames that wait for a worker that does not read, at most.
    package var maximumUnsentLength: Int
    /// The number of the last stream; then the connection is retired as exhausted.
    package var lastStream: UInt32
    /// Counts what goes over the connection; nil: nobody wants to know.
    package var traffic: WorkerTraffic?

    package init(
        nonce: [UInt8],
        generation: UInt64,
        maximumStreams: Int = 4096,
        maximumUnsentLength: Int = 8 * 1024 * 1024,
        lastStream: UInt32 = .max - 1,
        traffic: WorkerTraffic? = nil
    ) {
        self.nonce = nonce
        self.generation = generation
        self.maximumStreams = maximumStreams
        self.maximumUnsentLength = maximumUnsentLength
        self.lastStream = lastStream
        self.traffic = traffic
    }
}

/// Connects one event loop of the gateway to a worker's socket.
package enum WorkerConnector {
    /// Connects, and waits until the worker has proved who it is.
    ///
    /// - Throws: what the system says of the connection, `WireError.invalidValue` for a stranger, or `CallFailure`.
    package static func connect(
        path: String,
        settings: WorkerConnectionSettings,
        on eventLoop: any EventLoop,
        timeout: TimeAmount
    ) async throws -> (connection: WorkerConnection, hello: Hello) {
        let accepted = eventLoop.makePromise(of: Hello.self)
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(timeout)
            .channelOption(
                .writeBufferWaterMark,
                value: .init(low: settings.maximumUnsentLength / 2, high: settings.maximumUnsentLength)
            )
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = WorkerConnectionHandler(
                        settings: settings,
                        accepted: accepted,
                        retired: channel.eventLoop.makePromise()
                    )
                    try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(FrameDecoder()))
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
        let channel: any Channel
        do {
            channel = try await bootstrap.connect(unixDomainSocketPath: path).get()
        } catch {
            accepted.fail(error)
            throw error
        }
        let expiry = eventLoop.scheduleTask(in: timeout) {
            accepted.fail(CallFailure.deadlineExceeded)
        }
        defer { expiry.cancel() }
        do {
            let hello = try await accepted.futureResult.get()
            let connection = try await channel.pipeline.handler(type: WorkerConnectionHandler.self)
                .map { handler in WorkerConnection(channel: channel, handler: handler) }
                .get()
            return (connection, hello)
        } catch {
            channel.close(promise: nil)
            throw error
        }
    }
}
