import CProcess
package import NIOCore

/// A process that has connected.
package struct Peer: Equatable, Sendable {
    package var processID: Int32
    package var userID: UInt32
}

extension SocketOptionProvider {
    /// Who is at the other end of an accepted Unix-domain connection, as the system knows it.
    package func peer() -> EventLoopFuture<Peer> {
        let option: EventLoopFuture<camet_peer_credentials> = unsafeGetSocketOption(
            level: .socket,
            name: .init(rawValue: CInt(camet_peer_credentials_option()))
        )
        return option.map { Peer(processID: $0.process_id, userID: $0.user_id) }
    }
}
