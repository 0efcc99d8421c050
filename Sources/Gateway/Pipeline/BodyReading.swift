import HTTPTypes
import NIOCore
import Shared

extension OpenContext {
    /// How long a client may take to send a whole body.
    static let bodyDeadline = Duration.seconds(30)

    /// The whole body, read as far as the route's limit allows.
    ///
    /// - Throws: `bodyTooLarge` past the limit, `requestTimeout` when the client takes longer than 30 s.
    func wholeBody() async throws -> ByteBuffer {
        if let announced = request.headers[.contentLength].flatMap({ Int($0) }), announced > bodyLimit {
            throw Fault(code: .bodyTooLarge)
        }
        let limit = bodyLimit
        let parts: RequestBodyFeed.Parts
        switch request.body {
        case .whole(let bytes):
            guard bytes.readableBytes <= limit else { throw Fault(code: .bodyTooLarge) }
            return bytes
        case .arriving(let arriving): parts = arriving
        }
        return try await withThrowingTaskGroup(of: ByteBuffer?.self) { group in
            group.addTask {
                var whole = ByteBuffer()
                for try await part in parts {
                    guard whole.readableBytes + part.readableBytes <= limit else {
                        throw Fault(code: .bodyTooLarge)
                    }
                    whole.writeImmutableBuffer(part)
                }
                return whole
            }
            group.addTask {
                try await ContinuousClock().sleep(for: Self.bodyDeadline)
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let whole = first else {
                throw Fault(code: .requestTimeout)
            }
            return whole
        }
    }

    /// The body of a route that takes JSON.
    ///
    /// - Throws: `unsupportedMediaType` unless the client says that it sends JSON.
    func jsonBody() async throws -> ByteBuffer {
        guard mediaType == "application/json" else { throw Fault(code: .unsupportedMediaType) }
        return try await wholeBody()
    }

    /// The media type of the body in lower case, without parameters.
    var mediaType: String {
        let field = request.headers[.contentType] ?? ""
        return field.prefix { $0 != ";" }.trimming { $0 == " " }.lowercased()
    }
}

extension Substring {
    fileprivate func trimming(_ isTrimmed: (Character) -> Bool) -> Substring {
        var text = self
        while let last = text.last, isTrimmed(last) { text.removeLast() }
        return text.drop(while: isTrimmed)
    }
}
