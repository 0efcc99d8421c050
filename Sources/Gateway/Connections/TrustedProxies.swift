import Foundation

/// The reverse proxies whose word about where a request came from is taken. By default none, not even on this machine.
struct TrustedProxies: Sendable {
    static let none = TrustedProxies(networks: [])

    private let networks: [NetworkRange]

    private init(networks: [NetworkRange]) {
        self.networks = networks
    }

    /// Reads addresses and networks with commas between them.
    ///
    /// - Throws: `UnreadableNetwork` with the first part that is neither.
    init(parsing text: String) throws(UnreadableNetwork) {
        var networks: [NetworkRange] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let text = part.trimmingCharacters(in: .whitespaces)
            guard let network = NetworkRange(parsing: text) else { throw UnreadableNetwork(text: text) }
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
