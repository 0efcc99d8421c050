import CProcess
import Glibc

/// A further gateway that this one has started, beside itself: whoever started this one is told when it ends.
final class SuccessorProcess: Sendable {
    struct NotStarted: Error, CustomStringConvertible {
        var program: String
        var code: Int32

        var description: String { "\(program): \(String(cString: strerror(code)))" }
    }

    let number: Int32
    /// Readable when it has ended.
    private let descriptor: Int32

    /// - Parameters:
    ///   - program: its path.
    ///   - environment: all of its own.
    init(program: String, environment: [String: String]) throws(NotStarted) {
        let words: [String] = [program, GatewayMain.takeOver]
        let arguments = words.map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var descriptor: Int32 = -1
        number = camet_spawn_beside(arguments, variables, &descriptor)
        guard number > 0 else { throw NotStarted(program: program, code: -number) }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    var hasEnded: Bool {
        var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&poller, 1, 0) > 0
    }

    func kill() {
        _ = camet_signal_process(descriptor, SIGKILL)
    }

    /// Asks it for the gateway that follows it.
    func ask() {
        _ = camet_signal_process(descriptor, SIGUSR2)
    }
}
