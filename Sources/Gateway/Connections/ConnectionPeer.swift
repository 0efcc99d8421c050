import HTTPTypes
import NIOCore

/// Who is at the other end of a connection: a client, or a trusted proxy that speaks for many.
struct ConnectionPeer: Sendable {
    private let address: ClientAddress
    /// Of a trusted proxy.
    private let proxies: TrustedProxies?

    init(_ peer: SocketAddress?, trusting proxies: TrustedProxies) {
        let address = NetworkAddress(peer)
        self.address = ClientAddress(address)
        self.proxies = address.map(proxies.contains) == true ? proxies : nil
    }

    /// Where a request with these fields came from.
    func client(_ fields: RequestFields?) -> ClientAddress {
        guard let proxies, let list = fields?[.forwardedFor], let client = proxies.client(of: list) else {
            return address
        }
        return ClientAddress(client)
    }

    /// Whether the client of a request with these fields is spoken to over TLS, which ends before this server.
    func isSecure(_ fields: RequestFields) -> Bool {
        proxies != nil && fields[.forwardedProtocol] == "https"
    }
}
