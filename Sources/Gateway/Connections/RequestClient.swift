/// Where a request came from: exactly, and as limits count it.
struct RequestClient: Sendable {
    /// Nil for a socket of this machine.
    let network: NetworkAddress?
    let counted: ClientAddress

    init(_ network: NetworkAddress?) {
        self.network = network
        counted = ClientAddress(network)
    }
}
