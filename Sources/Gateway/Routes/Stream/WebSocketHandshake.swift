import Crypto
import Foundation
import HTTPTypes
import NIOHTTP1
import Shared

/// What a client asks a connection of messages with, and what it is answered (RFC 6455 §4.2).
struct WebSocketHandshake {
    private static let guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    static let version = "13"

    /// Of the head 101.
    let headers: HTTPFields

    /// - Throws: `upgradeRequired` unless the client speaks HTTP/1.1 and asks for a WebSocket of this version.
    init(_ request: Request) throws(Fault) {
        guard request.method == .get, request.version == .http1_1,
            Self.names("websocket", in: request.headers[.upgrade]),
            Self.names("upgrade", in: request.headers[.connection]),
            request.headers[.webSocketVersion] == Self.version,
            let key = request.headers[.webSocketKey], Data(base64Encoded: key)?.count == 16
        else { throw Fault(code: .upgradeRequired) }
        let proof = Data(Insecure.SHA1.hash(data: Data((key + Self.guid).utf8)))
        headers = [
            .upgrade: "websocket", .connection: "Upgrade", .webSocketAccept: proof.base64EncodedString(),
        ]
    }

    /// Whether a list of words has one, in whatever case.
    private static func names(_ word: String, in list: String?) -> Bool {
        list?.split(separator: ",").contains { $0.trimmingCharacters(in: .whitespaces).lowercased() == word } ?? false
    }
}
