import Foundation

/// The socket on which a running gateway answers the CLI: one line of JSON each way.
struct AdminSocket {
    let path: String

    /// Sends `request` and gives the answer's line; throws when no gateway runs or none answers in time.
    func ask(_ request: String, withinSeconds seconds: Int = 10) throws(OpsFailure) -> Data {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw OpsFailure("no socket: \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        try connect(descriptor)
        let line = Array((request + "\n").utf8)
        guard send(descriptor, line, line.count, Int32(MSG_NOSIGNAL)) == line.count else {
            throw OpsFailure("the gateway at \(path) does not take requests: \(String(cString: strerror(errno)))")
        }
        return try readLine(descriptor, seconds)
    }

    private func connect(_ descriptor: Int32) throws(OpsFailure) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw OpsFailure("\(path) is too long for a socket; CAMET_RUN names a shorter folder")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard code == 0 else {
            let reason = errno == ENOENT || errno == ECONNREFUSED ? "no gateway runs" : String(cString: strerror(errno))
            throw OpsFailure("\(path): \(reason)")
        }
    }

    private func readLine(_ descriptor: Int32, _ seconds: Int) throws(OpsFailure) -> Data {
        var answer = Data()
        var chunk = [UInt8](repeating: 0, count: 65536)
        while answer.count < Self.longestAnswer {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            guard count > 0 else { throw OpsFailure("the gateway at \(path) gave no whole answer within \(seconds) s") }
            if let end = chunk[..<count].firstIndex(of: UInt8(ascii: "\n")) {
                return answer + Data(chunk[..<end])
            }
            answer.append(contentsOf: chunk[..<count])
        }
        throw OpsFailure("the gateway at \(path) gave too long an answer")
    }

    private static let longestAnswer = 16 << 20
}
