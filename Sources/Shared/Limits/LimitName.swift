/// Which limit a request met: the member `limit` of a problem document, and the name of a quota in `RateLimit` fields.
package enum LimitName: String, CaseIterable, Sendable {
    /// Requests a minute of one user or key.
    case principal
    /// Requests a minute of everybody in one tenant.
    case tenant
    /// Detections a minute of one tenant.
    case ingestRows = "ingest_rows"
    /// Batches of one tenant that are being stored at one time.
    case ingestInFlight = "ingest_in_flight"
    /// Requests of one tenant that are worked on or wait for its worker at one time.
    case requestsInFlight = "requests_in_flight"
    /// Of them, those that wait for the worker.
    case requestsWaiting = "requests_waiting"
    /// Streams of events of one user or key that are open at one time.
    case principalStreams = "principal_streams"
    /// The same of everybody in one tenant.
    case tenantStreams = "tenant_streams"
    /// Wrong passwords for one user name.
    case account
    /// Wrong passwords, or credentials that were none, from one address.
    case address
}
