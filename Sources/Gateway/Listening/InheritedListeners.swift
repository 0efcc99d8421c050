import CProcess
import Glibc

/// Listening sockets that whoever started the gateway hands to it as systemd does (sd_listen_fds): from descriptor 3
/// on, their number in LISTEN_FDS, meant for the process that LISTEN_PID names, with names for people in
/// LISTEN_FDNAMES.
enum InheritedListeners {
    private static let first: Int32 = 3

    /// Empty where there are none. No program that the gateway starts inherits them.
    ///
    /// - Throws: `SettingsError` that names what is not as it should be.
    static func read(environment: [String: String]) throws(SettingsError) -> [Int32] {
        guard let meant = environment["LISTEN_PID"], meant == String(getpid()) else { return [] }
        let most = Int32(camet_most_descriptors)
        guard let count = environment["LISTEN_FDS"].flatMap({ Int32($0) }), (1...most).contains(count) else {
            throw SettingsError(description: "LISTEN_FDS must be a whole number from 1 to \(most)")
        }
        let names = (environment["LISTEN_FDNAMES"] ?? "").split(separator: ":", omittingEmptySubsequences: false)
        let descriptors = Array(first..<first + count)
        for (index, descriptor) in descriptors.enumerated() {
            let name = index < names.count && !names[index].isEmpty ? " (\(names[index]))" : ""
            guard camet_is_listening(descriptor) != 0, fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else {
                throw SettingsError(
                    description: "descriptor \(descriptor)\(name), handed over by LISTEN_FDS, is not a listening socket"
                )
            }
        }
        return descriptors
    }
}
