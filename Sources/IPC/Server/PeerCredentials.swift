import CProcess
package import NIOCore

extension SocketOptionProvider {
    /// The user id of the process at the other end of an accepted Unix-domain connection, as the system knows it.
    package func peerUserID() -> EventLoopFuture<UInt32> {
        let option: EventLoopFuture<camet_peer_credentials> = unsafeGetSocketOption(
            level: .socket,
            name: .init(rawValue: CInt(camet_peer_credentials_option()))
        )
        return option.map { $0.user_id }
    }
}
