import Hummingbird
import NIOCore

/// What is known of a request before anything of it has been read: the connection it came on.
struct ConnectionContext: RequestContext {
    typealias Source = ApplicationRequestContextSource

    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: Source) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}
