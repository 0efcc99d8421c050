import Shared

/// Whoever answers the requests of connections.
protocol HTTPResponder: Sendable {
    /// Serves one request; never fails, whatever it is.
    func answer(_ request: Request) async -> Answer

    /// The answer to what never became a request: its head came too slowly, or was no HTTP.
    ///
    /// - Parameter fields: of its head, where they are known.
    func refusal(_ code: FaultCode, _ fields: RequestFields?, from client: ClientAddress) -> Answer
}
