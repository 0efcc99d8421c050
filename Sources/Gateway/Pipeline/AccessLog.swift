import Dispatch
import Glibc
import Shared
import Synchronization

/// One line of JSON for every request, gathered in memory and written once a second, so that a slow disk delays nobody.
///
/// Paths are logged as templates: what people typed into an address is nobody's business here.
final class AccessLog: Sendable {
    private struct State {
        var pending: [UInt8] = []
        var dropped = 0
    }

    private static let capacity = 4 << 20
    private let descriptor: CInt
    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "access-log")

    /// - Parameter path: a file that is appended to; its folder exists.
    /// - Throws: the errno of opening it.
    init(path: String) throws(AccessLogError) {
        descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        if descriptor < 0 { throw AccessLogError(path: path, number: errno) }
    }

    deinit { close(descriptor) }

    func write(
        at instant: Instant,
        requestID: String,
        client: ClientAddress,
        method: String,
        template: String,
        status: Int,
        microseconds: Int64,
        tenant: TenantID?
    ) {
        var line: [UInt8] = []
        line.reserveCapacity(256)
        line.append(literal: "{\"at\":\"")
        instant.appendISO8601(to: &line)
        line.append(literal: "\",\"request_id\":\"")
        line.append(text: requestID)
        line.append(literal: "\",\"client\":\"")
        line.append(text: client.description)
        line.append(literal: "\",\"method\":\"")
        line.append(text: method)
        line.append(literal: "\",\"route\":\"")
        line.append(text: template)
        line.append(literal: "\",\"status\":")
        line.append(decimal: Int64(status))
        line.append(literal: ",\"microseconds\":")
        line.append(decimal: microseconds)
        line.append(literal: ",\"tenant\":")
        if let tenant { line.append(decimal: tenant.rawValue) } else { line.append(literal: "null") }
        line.append(literal: "}\n")
        // Written before the lock is taken, which every loop wants.
        let isFirst = state.withLock { state in
            guard state.pending.count < Self.capacity else {
                state.dropped += 1
                return false
            }
            let isFirst = state.pending.isEmpty
            state.pending += line
            return isFirst
        }
        if isFirst { queue.asyncAfter(deadline: .now() + 1) { self.flush() } }
    }

    /// Writes what is pending; waits for the disk.
    func flush() {
        let bytes = state.withLock { state in
            var bytes = state.pending
            if state.dropped > 0 {
                bytes += "{\"dropped\":\(state.dropped)}\n".utf8
                state.dropped = 0
            }
            state.pending = []
            return bytes
        }
        bytes.withUnsafeBytes { buffer in
            var sent = 0
            while sent < buffer.count {
                let count = Glibc.write(descriptor, buffer.baseAddress?.advanced(by: sent), buffer.count - sent)
                if count <= 0 { return }
                sent += count
            }
        }
    }
}

/// The access log cannot be opened.
struct AccessLogError: Error, CustomStringConvertible {
    let path: String
    let number: CInt

    var description: String { "cannot open the access log \(path): \(String(cString: strerror(number)))" }
}
