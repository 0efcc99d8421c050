/// Told to a connection that its next answer is its last one, and says so to the client, which then comes by a
/// connection to the next gateway. One on which nothing is asked goes on waiting for a moment, until
/// `ChannelShouldQuiesceEvent`: closed at once, it would take with it a request that is on its way.
struct LastRequestEvent: Sendable {}
