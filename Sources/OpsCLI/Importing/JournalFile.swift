import Foundation

/// A file of entries, a line of JSON each and each on the disk before `add` returns; an unfinished last line is none.
///
/// One process at a time has it.
final class JournalFile<Entry: Codable> {
    let path: String
    private let descriptor: Int32

    /// Opens the journal of that name, or begins one; holds it until it is gone.
    ///
    /// - Parameter take: called with each entry that is there, in their order.
    /// - Throws: also when another run has it.
    init(folder: String, name: String, _ take: (Entry) -> Void) throws {
        if !FileManager.default.fileExists(atPath: folder) {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }
        path = "\(folder)/\(name).ndjson"
        descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw OpsFailure("\(path): \(String(cString: strerror(errno)))") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw OpsFailure("another run imports this file at the moment (it holds \(path))")
        }
        let bytes = FileManager.default.contents(atPath: path) ?? Data()
        let whole = bytes.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        guard ftruncate(descriptor, whole) == 0 else { throw failure() }
        for line in bytes[..<whole].split(separator: 0x0A) {
            guard let entry = try? JSONDecoder().decode(Entry.self, from: Data(line)) else {
                throw OpsFailure("\(path) holds a line that this program does not understand")
            }
            take(entry)
        }
    }

    deinit {
        close(descriptor)
    }

    func add(_ entry: Entry) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let line = try encoder.encode(entry) + Data([0x0A])
        let written = line.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        guard written == line.count, fsync(descriptor) == 0 else { throw failure() }
    }

    private func failure() -> OpsFailure { OpsFailure("\(path): \(String(cString: strerror(errno)))") }
}
