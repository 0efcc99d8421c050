import Glibc
import NIOCore

/// Where a request came from, as limits count it: an IPv4 address, the first 64 bits of an IPv6 one, or a local socket.
struct ClientAddress: Hashable, Sendable, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }

    init(peer: SocketAddress?) {
        switch peer {
        case .v4(let address):
            var bytes = address.address.sin_addr.s_addr
            description = withUnsafeBytes(of: &bytes) { octets in
                "\(octets[0]).\(octets[1]).\(octets[2]).\(octets[3])"
            }
        case .v6(let address):
            var bytes = address.address.sin6_addr
            description = withUnsafeBytes(of: &bytes) { octets in
                if octets.prefix(10).allSatisfy({ $0 == 0 }), octets[10] == 0xFF, octets[11] == 0xFF {
                    // An IPv4 client on a socket of both families.
                    return "\(octets[12]).\(octets[13]).\(octets[14]).\(octets[15])"
                }
                let groups = stride(from: 0, to: 8, by: 2).map { index in
                    String(UInt16(octets[index]) << 8 | UInt16(octets[index + 1]), radix: 16)
                }
                return groups.joined(separator: ":") + "::/64"
            }
        case .unixDomainSocket, nil:
            description = "local"
        }
    }
}
