import NIOCore
import NIOHTTP2

/// What one connection of HTTP/2 may ask of the server. Whoever goes past it gets GOAWAY and the end of the connection.
enum HTTP2Limits {
    static let streams = 100

    /// Resets, errors and control frames (SETTINGS, PING, PRIORITY) are counted over 30 s, 200 of each at most; empty DATA
    /// and CONTINUATION frames one after another, 1 and 5 at most. They are the library's own, written out because we
    /// promise them.
    static var connection: NIOHTTP2Handler.ConnectionConfiguration {
        var connection = NIOHTTP2Handler.ConnectionConfiguration()
        connection.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: streams),
            // More than a request may have, so that a head over the limit gets an answer that says so (431, 414).
            HTTP2Setting(parameter: .maxHeaderListSize, value: 64 * 1_024),
        ]
        connection.maximumSequentialEmptyDataFrames = 1
        connection.maximumSequentialContinuationFrames = 5
        connection.maximumConnectionGlitches = 200
        connection.controlFrameRateLimit.maximumCount = 200
        connection.controlFrameRateLimit.windowLength = .seconds(30)
        return connection
    }

    static var stream: NIOHTTP2Handler.StreamConfiguration {
        var stream = NIOHTTP2Handler.StreamConfiguration()
        stream.streamResetFrameRateLimit.maximumCount = 200
        stream.streamResetFrameRateLimit.windowLength = .seconds(30)
        stream.streamErrorRateLimit.maximumCount = 200
        stream.streamErrorRateLimit.windowLength = .seconds(30)
        return stream
    }
}
