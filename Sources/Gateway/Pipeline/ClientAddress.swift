/// Where a request came from, as limits count it: an IPv4 address, the first 64 bits of an IPv6 one, or a local socket.
struct ClientAddress: Hashable, Sendable, CustomStringConvertible {
    private static let local = "local"

    let description: String

    /// Whether it is a socket of this machine, which has no address.
    var isLocal: Bool { description == Self.local }

    init(_ description: String) {
        self.description = description
    }

    /// - Parameter address: nil for a socket of this machine.
    init(_ address: NetworkAddress?) {
        guard let octets = address?.octets else {
            description = Self.local
            return
        }
        if octets.count == 4 {
            description = octets.map { String($0) }.joined(separator: ".")
        } else {
            let groups = stride(from: 0, to: 8, by: 2).map { index in
                String(UInt16(octets[index]) << 8 | UInt16(octets[index + 1]), radix: 16)
            }
            description = groups.joined(separator: ":") + "::/64"
        }
    }
}
