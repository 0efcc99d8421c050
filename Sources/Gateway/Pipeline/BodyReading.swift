import HTTPTypes
import NIOCore
import Shared

extension OpenContext {
    /// The whole body, read as far as the route's limit allows.
    ///
    /// How long it may take, the connection sees to.
    /// - Throws: `bodyTooLarge` past the limit, `SlowBody` when the client takes longer than it may.
    func wholeBody() async throws -> ByteBuffer {
        if let announced = request.headers[.contentLength].flatMap({ Int($0) }), announced > bodyLimit {
            throw Fault(code: .bodyTooLarge)
        }
        switch request.body {
        case .whole(let bytes):
            guard bytes.readableBytes <= bodyLimit else { throw Fault(code: .bodyTooLarge) }
            return bytes
        case .arriving(let parts):
            var whole = ByteBuffer()
            for try await part in parts {
                guard whole.readableBytes + part.readableBytes <= bodyLimit else { throw Fault(code: .bodyTooLarge) }
                whole.writeImmutableBuffer(part)
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

extension Request {
    /// Reads past the body that a client sends to a route which takes none, so that nothing is served of a request whose
    /// end is no HTTP.
    ///
    /// - Throws: `bodyTooLarge` past what any route takes without being asked for more, and what is wrong with the body.
    func skipBody() async throws {
        switch body {
        case .whole(let bytes):
            guard bytes.readableBytes <= Route.BodyLimit.standard.bytes else { throw Fault(code: .bodyTooLarge) }
        case .arriving(let parts):
            var skipped = 0
            for try await part in parts {
                skipped += part.readableBytes
                guard skipped <= Route.BodyLimit.standard.bytes else { throw Fault(code: .bodyTooLarge) }
            }
        }
    }
}

extension Substring {
    fileprivate func trimming(_ isTrimmed: (Character) -> Bool) -> Substring {
        var text = self
        while let last = text.last, isTrimmed(last) { text.removeLast() }
        return text.drop(while: isTrimmed)
    }
}
