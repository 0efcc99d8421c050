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

    /// What an authority for these hosts may vouch for: these names and those below them. Whoever steals its key cannot use it
    /// against the names of others.
    ///
    /// Addresses are not constrained: some clients refuse every certificate of an authority whose addresses are.
    var permittedSubtrees: [GeneralName] {
        texts.filter { Self.octets(of: $0) == nil }.map { .dnsName($0) }
    }

    /// The first name that an authority may not vouch for; nil when it may for all.
    func first(outside permitted: [GeneralName]) -> String? {
        zip(texts, generalNames).first { _, name in
            guard case .dnsName(let name) = name else { return false }
            return !permitted.contains { domain in
                guard case .dnsName(let domain) = domain else { return false }
                return name == domain || name.hasSuffix("." + domain)
            }
        }?.0
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
