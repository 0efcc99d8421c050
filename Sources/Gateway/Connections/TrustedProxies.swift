import Foundation

/// The reverse proxies whose word about where a request came from is taken. By default none, not even on this machine.
struct TrustedProxies: Sendable {
    /// All addresses with the same first bits.
    private struct Network: Sendable {
        let address: NetworkAddress
        let bits: Int

        /// Reads an address, or an address with the number of its first bits that count, e.g. `10.0.0.0/8`.
        init?(parsing text: String) {
            let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            guard let address = NetworkAddress(parsing: String(parts[0])) else { return nil }
            let all = address.octets.count * 8
            guard let bits = parts.count == 1 ? all : Int(parts[1]), (0...all).contains(bits) else { return nil }
            self.address = address
            self.bits = bits
        }

        func contains(_ other: NetworkAddress) -> Bool {
            guard other.octets.count == address.octets.count else { return false }
            return zip(address.octets, other.octets).enumerated().allSatisfy { index, octets in
                let counted = min(max(bits - index * 8, 0), 8)
                return (octets.0 ^ octets.1) >> (8 - counted) == 0
            }
        }
    }

    static let none = TrustedProxies(networks: [])

    private let networks: [Network]

    private init(networks: [Network]) {
        self.networks = networks
    }

    /// Reads addresses and networks with commas between them.
    ///
    /// - Throws: `UnreadableNetwork` with the first part that is neither.
    init(parsing text: String) throws(UnreadableNetwork) {
        var networks: [Network] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let text = part.trimmingCharacters(in: .whitespaces)
            guard let network = Network(parsing: text) else { throw UnreadableNetwork(text: text) }
            networks.append(network)
        }
        self.networks = networks
    }

    func contains(_ address: NetworkAddress) -> Bool {
        networks.contains { $0.contains(address) }
    }

    /// Where a request came from by the list that every proxy on its way has added an address to, the nearest last; only
    /// what a trusted one added is believed.
    ///
    /// - Parameter list: the value of `X-Forwarded-For`.
    /// - Returns: nil where no address can be believed.
    func client(of list: String) -> NetworkAddress? {
        var client: NetworkAddress?
        for part in list.split(separator: ",").reversed() {
            guard let address = NetworkAddress(parsing: part.trimmingCharacters(in: .whitespaces)) else { break }
            client = address
            guard contains(address) else { break }
        }
        return client
    }

    /// What stands in a list of networks and is none.
    struct UnreadableNetwork: Error {
        let text: String
    }
}
