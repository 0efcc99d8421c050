import ArgumentParser
import NIOCore
import SwiftASN1
import X509

/// What a server's certificate is for: names and addresses by which clients reach it.
struct HostNames {
    /// By these the programs of the server's own machine reach it.
    private static let own = ["localhost", "127.0.0.1", "::1"]

    /// In lower case, each once; those of the machine itself at the end.
    let texts: [String]

    /// - Throws: `ValidationError` for what is neither a name nor an address.
    init(_ given: [String], flag: String) throws {
        guard !given.isEmpty else { throw ValidationError("\(flag) is needed: a name or an address of the server") }
        var texts: [String] = []
        for text in given.map({ $0.lowercased() }) + Self.own where !texts.contains(text) {
            guard Self.octets(of: text) != nil || Self.isName(text) else {
                throw ValidationError(
                    "\(flag) must be a host name such as camet.planta.example, or an address, not \(text)")
            }
            texts.append(text)
        }
        self.texts = texts
    }

    var generalNames: [GeneralName] {
        texts.map { text in
            Self.octets(of: text).map { .ipAddress(ASN1OctetString(contentBytes: $0[...])) } ?? .dnsName(text)
        }
    }

    /// What an authority for these hosts may vouch for: these names and those below them, these addresses, and every address
    /// of private networks. Whoever steals its key cannot use it against the rest of the world.
    var permittedSubtrees: [GeneralName] {
        let networks = [
            ("10.0.0.0", 8), ("172.16.0.0", 12), ("192.168.0.0", 16), ("169.254.0.0", 16), ("127.0.0.0", 8),
            ("fc00::", 7), ("fe80::", 10), ("::1", 128),
        ]
        let hosts = texts.map { ($0, Self.octets(of: $0).map { $0.count * 8 }) }
        return hosts.filter { $0.1 == nil }.map { .dnsName($0.0) }
            + (networks + hosts.compactMap { host in host.1.map { (host.0, $0) } }).compactMap(Self.network)
    }

    /// The first host that an authority may not vouch for; nil when it may for all.
    func first(outside permitted: [GeneralName]) -> String? {
        zip(texts, generalNames).first { _, name in !permitted.contains { Self.holds($0, name) } }?.0
    }

    private static func holds(_ permitted: GeneralName, _ name: GeneralName) -> Bool {
        switch (permitted, name) {
        case (.dnsName(let domain), .dnsName(let name)):
            return name == domain || name.hasSuffix("." + domain)
        case (.ipAddress(let network), .ipAddress(let address)):
            let bytes = Array(network.bytes)
            let given = Array(address.bytes)
            guard bytes.count == given.count * 2 else { return false }
            return given.indices.allSatisfy { given[$0] & bytes[given.count + $0] == bytes[$0] }
        default:
            return false
        }
    }

    /// An address and the mask of its network, one behind the other (RFC 5280 §4.2.1.10).
    private static func network(_ address: String, _ bits: Int) -> GeneralName? {
        guard let octets = octets(of: address) else { return nil }
        let mask = octets.indices.map { index in
            UInt8(truncatingIfNeeded: 0xFF00 >> min(8, max(0, bits - index * 8)))
        }
        return .ipAddress(ASN1OctetString(contentBytes: (octets + mask)[...]))
    }

    /// Nil for what is no address.
    private static func octets(of text: String) -> [UInt8]? {
        guard let address = try? SocketAddress(ipAddress: text, port: 0) else { return nil }
        switch address {
        case .v4(let address): return withUnsafeBytes(of: address.address) { Array($0[4..<8]) }
        case .v6(let address): return withUnsafeBytes(of: address.address) { Array($0[8..<24]) }
        case .unixDomainSocket: return nil
        }
    }

    private static func isName(_ text: String) -> Bool {
        text.utf8.count <= 253
            && text.wholeMatch(of: /([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?/) != nil
            && text.contains { $0.isLetter }
    }
}
