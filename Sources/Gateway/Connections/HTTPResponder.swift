import Shared

/// Whoever answers the requests of connections.
protocol HTTPResponder: Sendable {
    /// Serves one request; never fails, whatever it is.
    func answer(_ request: Request, from client: ClientAddress) async -> Answer

    /// The answer to what is no HTTP.
    func malformed(from client: ClientAddress) -> Answer
}
