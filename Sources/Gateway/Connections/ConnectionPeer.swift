import HTTPTypes
import NIOCore

/// Who is at the other end of a connection: a client, or a trusted proxy that speaks for many.
struct ConnectionPeer: Sendable {
    /// The other end itself.
    private let client: RequestClient
    /// Of a trusted proxy.
    private let proxies: TrustedProxies?
    /// Whether TLS ends at this server.
    private let isTLS: Bool

    init(_ peer: SocketAddress?, trusting proxies: TrustedProxies, isTLS: Bool = false) {
        let address = NetworkAddress(peer)
        client = RequestClient(address)
        self.isTLS = isTLS
        self.proxies = address.map(proxies.contains) == true ? proxies : nil
    }

    /// Where a request with these fields came from.
    func client(_ fields: RequestFields?) -> RequestClient {
        guard let proxies, let list = fields?[.forwardedFor], let address = proxies.client(of: list) else {
            return client
        }
        return RequestClient(address)
    }

    /// Whether the client of a request with these fields is spoken to over TLS, which ends at this server or before it.
    func isSecure(_ fields: RequestFields?) -> Bool {
        isTLS || (proxies != nil && fields?[.forwardedProtocol] == "https")
    }
}
