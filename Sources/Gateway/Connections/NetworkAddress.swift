import NIOCore

/// An address of the internet. One of IPv4 that is written as IPv6 (`::ffff:192.0.2.1`) is the one of IPv4.
struct NetworkAddress: Hashable, Sendable {
    /// Four or sixteen.
    let octets: [UInt8]

    /// Nil for a socket of this machine.
    init?(_ peer: SocketAddress?) {
        // Where the system's structures have their addresses: behind family and port, and behind the flow of IPv6.
        switch peer {
        case .v4(let address): self.init(withUnsafeBytes(of: address.address) { Array($0[4..<8]) })
        case .v6(let address): self.init(withUnsafeBytes(of: address.address) { Array($0[8..<24]) })
        case .unixDomainSocket, nil: return nil
        }
    }

    /// Nil for a text that is no address, as one with a port or a zone is none.
    init?(parsing text: String) {
        guard let address = try? SocketAddress(ipAddress: text, port: 0) else { return nil }
        self.init(address)
    }

    private init(_ octets: [UInt8]) {
        let prefix = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]
        self.octets = octets.count == 16 && octets.starts(with: prefix) ? Array(octets[12...]) : octets
    }
}
