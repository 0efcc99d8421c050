import CProcess
import Glibc

/// Asks systemd by its own program: what the gateway's user may ask for is the rule of polkit in `deploy/polkit`.
struct Systemctl: Sendable {
    struct Outcome: Sendable {
        /// 0 when it was done; negative: the errno with which the program could not be run.
        var code: Int32
        /// What it said.
        var text: String
    }

    /// Bytes of what it says that are read, at most.
    private static let longestText = 4_096

    let ends: ProcessEnds

    /// Runs it, and calls `then` once with the outcome, on a thread that must not be blocked.
    func run(_ arguments: [String], then: @escaping @Sendable (Outcome) -> Void) {
        var pipe: [Int32] = [-1, -1]
        let noPipe = camet_open_pipe(&pipe, 1)
        guard noPipe == 0 else { return then(Outcome(code: -noPipe, text: "")) }
        let reading = pipe[0]
        let process = Self.spawn(["systemctl", "--no-ask-password", "--no-pager"] + arguments, output: pipe[1])
        close(pipe[1])
        guard process > 0 else {
            close(reading)
            return then(Outcome(code: process, text: ""))
        }
        let unwatched = ends.watch(process) {
            then(Self.outcome(of: process, reading))
        }
        guard unwatched != 0 else { return }
        // Nobody but its parent reaps it, so it is there; a system without descriptors left is not waited for.
        Glibc.kill(process, SIGKILL)
        then(Self.outcome(of: process, reading))
    }

    private static func spawn(_ arguments: [String], output: Int32) -> Int32 {
        // In a mount namespace of its own it would take itself for a program in a chroot, which does nothing.
        let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
        let environment = ["PATH=\(path)", "LC_ALL=C", "SYSTEMD_IGNORE_CHROOT=1", "SYSTEMD_COLORS=0"]
        let words = arguments.map { strdup($0) } + [nil]
        let variables = environment.map { strdup($0) } + [nil]
        defer { for text in words + variables { free(text) } }
        return camet_spawn_program(words, variables, output)
    }

    private static func outcome(of process: Int32, _ reading: Int32) -> Outcome {
        var bytes = [UInt8](repeating: 0, count: longestText)
        let count = max(0, read(reading, &bytes, bytes.count))
        close(reading)
        var status: Int32 = 0
        let code = camet_reap(process, &status) > 0 ? camet_exit_code(status) : -ECHILD
        return Outcome(code: code, text: String(decoding: bytes[..<count], as: UTF8.self))
    }
}
