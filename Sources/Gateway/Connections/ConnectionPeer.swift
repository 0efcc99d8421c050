import HTTPTypes
import NIOCore

/// Who is at the other end of a connection: a client, or a trusted proxy that speaks for many.
struct ConnectionPeer: Sendable {
    /// Nil for a socket of this machine.
    private let address: NetworkAddress?
    /// Of a trusted proxy.
    private let proxies: TrustedProxies?

    init(_ peer: SocketAddress?, trusting proxies: TrustedProxies) {
        let address = NetworkAddress(peer)
        self.address = address
        self.proxies = address.map(proxies.contains) == true ? proxies : nil
    }

    /// Where a request with these fields came from; nil for a socket of this machine.
    func client(_ fields: RequestFields?) -> NetworkAddress? {
        guard let proxies, let list = fields?[.forwardedFor], let client = proxies.client(of: list) else {
            return address
        }
        return client
    }

    /// Whether the client of a request with these fields is spoken to over TLS, which ends before this server.
    func isSecure(_ fields: RequestFields) -> Bool {
        proxies != nil && fields[.forwardedProtocol] == "https"
    }
}
