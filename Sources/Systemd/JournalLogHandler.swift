import CProcess
import Glibc
package import Logging

/// Writes each record of the log to systemd's journal with its fields, by the journal's own protocol: what a record is about
/// (`TENANT`, `REQUEST_ID`, `CAUSE`, …) can be asked for as it was meant.
///
/// A record the journal does not take goes to stderr as a line, which systemd brings to the journal too.
package struct JournalLogHandler: LogHandler {
    /// Where the journal takes records.
    package static let journal = "/run/systemd/journal/socket"

    package var logLevel = Logger.Level.info
    package var metadata = Logger.Metadata()
    private let label: String
    private let path: String
    private var otherwise: StreamLogHandler

    package init(label: String, path: String = Self.journal) {
        self.label = label
        self.path = path
        otherwise = .standardError(label: label)
    }

    /// What a program logs with: the journal where its stderr goes there anyway (JOURNAL_STREAM says so), and stderr elsewhere.
    package static func orStandardError(
        label: String, level: Logger.Level = .info, variable: (String) -> String?
    ) -> any LogHandler {
        if let stream = variable("JOURNAL_STREAM"), camet_is_stream(STDERR_FILENO, stream) != 0 {
            var handler = JournalLogHandler(label: label)
            handler.logLevel = level
            return handler
        }
        var handler = StreamLogHandler.standardError(label: label)
        handler.logLevel = level
        return handler
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var told = metadata.merging(event.metadata ?? [:]) { _, ofRecord in ofRecord }
        if let error = event.error { told["error"] = "\(error)" }
        let bytes = JournalRecord(event: event, label: label, metadata: told).bytes
        guard camet_send_datagram(path, bytes, bytes.count) != 0 else { return }
        var handler = otherwise
        handler.metadata = metadata
        handler.log(event: event)
    }
}

/// One record as the journal takes it: `NAME=value` lines, or, where a value has line feeds, its name, its length as 64 bits,
/// little endian, and the value.
struct JournalRecord {
    private(set) var bytes: [UInt8] = []

    init(event: LogEvent, label: String, metadata: Logger.Metadata) {
        let told = metadata.sorted { $0.key < $1.key }
        // What `journalctl` shows without being asked for fields.
        let text = told.map { " \($0.key)=\($0.value)" }.joined()
        add("MESSAGE", "\(event.message)\(text)")
        add("PRIORITY", "\(Self.priority(of: event.level))")
        add("SYSLOG_IDENTIFIER", label)
        add("CODE_FILE", event.file)
        add("CODE_LINE", "\(event.line)")
        add("CODE_FUNC", event.function)
        for (key, value) in told {
            if let name = Self.name(of: key) { add(name, "\(value)") }
        }
    }

    private mutating func add(_ name: String, _ value: String) {
        bytes += name.utf8
        if value.utf8.contains(UInt8(ascii: "\n")) {
            bytes.append(UInt8(ascii: "\n"))
            withUnsafeBytes(of: UInt64(value.utf8.count).littleEndian) { bytes += $0 }
        } else {
            bytes.append(UInt8(ascii: "="))
        }
        bytes += value.utf8
        bytes.append(UInt8(ascii: "\n"))
    }

    /// Capitals, digits and underscores, no digit or underscore at the beginning; nil when nothing is left, or when it is one of
    /// those that every record has.
    private static func name(of key: String) -> String? {
        let all = key.utf8.prefix(64).map { byte -> UInt8 in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - 32
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): byte
            default: UInt8(ascii: "_")
            }
        }
        let name = String(decoding: all.drop { !(UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0) }, as: UTF8.self)
        return name.isEmpty || standing.contains(name) ? nil : name
    }

    private static let standing: Set = [
        "MESSAGE", "PRIORITY", "SYSLOG_IDENTIFIER", "CODE_FILE", "CODE_LINE", "CODE_FUNC",
    ]

    /// As syslog counts.
    private static func priority(of level: Logger.Level) -> Int {
        switch level {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }
}
