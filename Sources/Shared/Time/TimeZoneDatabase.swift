import Glibc

/// Why a zone cannot be had by its name.
package enum TimeZoneDatabaseError: Error, Hashable, Sendable {
    /// Not the name of a zone of the installed tzdata.
    case unknownZone
    /// A file of the installed tzdata cannot be read; the system's error number.
    case unreadable(file: String, code: Int32)
    /// The zone's file is there but cannot be used.
    case unusable(TimeZoneFileError)
}

/// The machine's installed tzdata: the only part of this folder that does input and output.
///
/// A name is looked up in the index of the zones (`tzdata.zi`) before it becomes part of a path, so no name leads
/// elsewhere. Nothing is remembered; keep the `TimeZoneRules`.
package struct TimeZoneDatabase: Sendable {
    private let folder: String

    package init(folder: String = "/usr/share/zoneinfo") {
        self.folder = folder
    }

    /// The rules of the zone with the IANA name, upper and lower case as IANA writes it.
    package func rules(named name: String) throws(TimeZoneDatabaseError) -> TimeZoneRules {
        guard isListed(name, in: try contents(of: "tzdata.zi")) else { throw .unknownZone }
        let bytes = try contents(of: name)
        do throws(TimeZoneFileError) {
            return try TimeZoneRules(name: name, tzif: bytes.span)
        } catch {
            throw .unusable(error)
        }
    }

    /// All names that `rules(named:)` knows, in order of the alphabet.
    package func names() throws(TimeZoneDatabaseError) -> [String] {
        try contents(of: "tzdata.zi").split(separator: UInt8(ascii: "\n")).compactMap { line in
            Self.name(in: line).map { String(decoding: $0, as: UTF8.self) }
        }.sorted()
    }

    private func isListed(_ name: String, in index: [UInt8]) -> Bool {
        let wanted = Array(name.utf8)
        return index.split(separator: UInt8(ascii: "\n")).contains { line in
            Self.name(in: line)?.elementsEqual(wanted) ?? false
        }
    }

    /// The name a line of the index defines: `Z name …` a zone, `L target name` a link.
    private static func name(in line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let isZone = line.starts(with: "Z ".utf8)
        guard isZone || line.starts(with: "L ".utf8) else { return nil }
        let words = line.split(separator: UInt8(ascii: " "))
        let name = words.dropFirst(isZone ? 1 : 2).first
        // The zone of a machine on which nobody has set one.
        return name?.elementsEqual("Factory".utf8) ?? true ? nil : name
    }

    /// A whole file of the folder, at most a mebibyte of it.
    private func contents(of file: String) throws(TimeZoneDatabaseError) -> [UInt8] {
        let descriptor = open("\(folder)/\(file)", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let code = errno
            throw .unreadable(file: file, code: code)
        }
        defer { close(descriptor) }
        let limit = 1 << 20
        var bytes: [UInt8] = []
        while bytes.count < limit {
            var code: Int32 = 0
            let chunk = [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
                let result = read(descriptor, buffer.baseAddress, buffer.count)
                code = result < 0 ? errno : 0
                count = max(0, result)
            }
            if code == EINTR { continue }
            guard code == 0 else { throw .unreadable(file: file, code: code) }
            if chunk.isEmpty { return bytes }
            bytes += chunk
        }
        throw .unreadable(file: file, code: EFBIG)
    }
}
