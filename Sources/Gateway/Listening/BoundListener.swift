import Glibc
import NIOCore

/// A listening socket of the gateway's own.
enum BoundListener {
    /// Connections that wait to be accepted, at most; the system may allow less.
    private static let backlog: Int32 = 1_024

    /// - Returns: a descriptor that no program which the gateway starts inherits.
    /// - Throws: when the host has no address, and `IOError` when the system refuses, with EADDRINUSE where somebody else listens.
    static func open(host: String, port: Int) throws -> Int32 {
        let address = try SocketAddress.makeAddressResolvingHost(host, port: port)
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(address.protocol.rawValue, kind, 0)
        guard descriptor >= 0 else { throw IOError(errnoCode: errno, reason: "no socket") }
        var isOn: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &isOn, socklen_t(MemoryLayout<Int32>.size))
        let isBound = address.withSockAddr { pointer, size in bind(descriptor, pointer, socklen_t(size)) == 0 }
        guard isBound, listen(descriptor, backlog) == 0 else {
            let code = errno
            close(descriptor)
            throw IOError(errnoCode: code, reason: "cannot listen on \(host), port \(port)")
        }
        return descriptor
    }
}
