import HTTPTypes
import NIOCore
import Shared

extension OpenContext {
    /// The whole body, read as far as the route's limit allows.
    ///
    /// How long it may take, the connection sees to.
    /// - Throws: `bodyTooLarge` past the limit, `unsupportedMediaType` for a body that is not plain UTF-8, `overloaded` when
    ///   there is no memory for what strangers send, `SlowBody` when the client takes longer than it may.
    func wholeBody() async throws -> ByteBuffer {
        try checkBody()
        switch request.body {
        case .whole(let bytes):
            guard bytes.readableBytes <= bodyLimit else { throw Fault(code: .bodyTooLarge) }
            try bodyShare?.grow(to: bytes.readableBytes)
            return bytes
        case .arriving(let parts):
            var whole = ByteBuffer()
            for try await part in parts {
                guard whole.readableBytes + part.readableBytes <= bodyLimit else { throw Fault(code: .bodyTooLarge) }
                try bodyShare?.grow(to: whole.readableBytes + part.readableBytes)
                whole.writeImmutableBuffer(part)
            }
            return whole
        }
    }

    /// The body of a route that takes JSON.
    ///
    /// - Throws: `unsupportedMediaType` unless the client says that it sends JSON.
    func jsonBody() async throws -> ByteBuffer {
        guard mediaType.name == "application/json" else { throw Fault(code: .unsupportedMediaType) }
        return try await wholeBody()
    }

    /// The body as it comes, for a route that passes it on. It has no deadline as long as it keeps the pace of a stream.
    ///
    /// - Throws: as `wholeBody` does; what comes past the limit ends the sequence with `bodyTooLarge`.
    func bodyStream() throws -> BodyStream {
        try checkBody()
        if case .arriving(let parts) = request.body { parts.beginStream() }
        return BodyStream(body: request.body, limit: bodyLimit)
    }

    private func checkBody() throws(Fault) {
        if let announced = request.headers[.contentLength].flatMap({ Int($0) }), announced > bodyLimit {
            throw Fault(code: .bodyTooLarge)
        }
        if request.body.isThere, !isPlain { throw Fault(code: .unsupportedMediaType) }
    }

    var mediaType: MediaType { MediaType(request.headers[.contentType] ?? "") }

    /// Whether the client says neither that the body is coded nor that its text is in another charset than UTF-8.
    private var isPlain: Bool {
        let codings = request.headers[.contentEncoding] ?? ""
        let isIdentity = codings.split(separator: ",").allSatisfy { coding in
            coding.trimming { $0 == " " || $0 == "\t" }.lowercased() == "identity"
        }
        return isIdentity && mediaType.isUTF8
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

extension RequestBody {
    /// Whether there may be bytes of it.
    fileprivate var isThere: Bool {
        switch self {
        case .whole(let bytes): bytes.readableBytes > 0
        case .arriving: true
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
