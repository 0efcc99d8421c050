import Crypto
import Foundation
import Shared

/// What has become of a file so far, in a file of the data folder: a run that was cut short goes on after the last part
/// that was acknowledged.
final class ImportJournal {
    /// So many detections the product counts on a day of a line, of all its areas.
    struct DayCount: Codable {
        let line: Int64
        let date: String
        let detections: Int
    }

    /// What is imported, and how it is read.
    struct Heading: Codable {
        let sha256: String
        let tenant: String
        let line: String?
        let zone: String?
        let areas: [String: String]
        let products: [String: String]
        /// What each heading stands for; empty: nothing.
        let columns: [String: String]
        let file: String
        let startedAt: String
        /// What was counted before.
        let counted: [DayCount]

        func isRead(as other: Heading) -> Bool {
            zone == other.zone && areas == other.areas && products == other.products && columns == other.columns
        }
    }

    /// A part that is on its way.
    struct Sending: Codable {
        let part: Int
        let at: String
        /// The public part of the key it is sent with: the server knows a repetition by the same sender only.
        let sender: String
    }

    /// A part whose answer has come.
    struct Stored: Codable {
        let part: Int
        let rows: Int
        let stored: Int
        let duplicates: Int
        let rejected: Int
        let repeatedTimes: Int
        /// Of the rows that were rejected and have a day.
        let rejectedByDay: [DayCount]
        /// Where the next part begins.
        let end: RecordReader.Place
        /// How long the file of rejected rows is.
        let rejectsLength: Int
    }

    private struct Entry: Codable {
        var heading: Heading?
        var sending: Sending?
        var stored: Stored?
        var finishedAt: String?
    }

    /// The same for the same file.
    let name: String
    private let file: JournalFile<Entry>
    private(set) var heading: Heading?
    private(set) var stored: [Stored] = []
    /// The part that was sent last, when its answer never came.
    private(set) var unanswered: Sending?
    private(set) var finishedAt: String?

    var path: String { file.path }

    /// Opens the journal of a file, or begins one; holds it until it is gone.
    ///
    /// - Throws: also when another run has it.
    init(folder: String, name: String) throws {
        self.name = name
        var entries: [Entry] = []
        file = try JournalFile(folder: folder, name: name) { entries.append($0) }
        for entry in entries { take(entry) }
    }

    /// The same for the same bytes imported into the same line of a tenant.
    static func name(tenant: String, digest: String, line: String?) -> String {
        let text = digest + (line.map { " " + $0 } ?? "")
        return "\(tenant)-\(SHA256.hash(data: Data(text.utf8)).hexadecimal.prefix(32))"
    }

    /// Whether a file of the folder is the journal of an import into a tenant, of detections or of stops.
    static func isName(_ file: String, of tenant: String) -> Bool {
        // Another slug may begin with this one and a hyphen.
        guard file.hasPrefix(tenant + "-"), file.hasSuffix(".ndjson") else { return false }
        var digest = file.dropFirst(tenant.count + 1).dropLast(7)
        if digest.hasSuffix("-stops") { digest = digest.dropLast(6) }
        return digest.count == 32 && digest.allSatisfy(\.isHexDigit)
    }

    func begin(_ heading: Heading) throws { try add(Entry(heading: heading)) }

    func note(_ sending: Sending) throws { try add(Entry(sending: sending)) }

    func note(_ stored: Stored) throws { try add(Entry(stored: stored)) }

    func finish(at time: String) throws { try add(Entry(finishedAt: time)) }

    private func add(_ entry: Entry) throws {
        try file.add(entry)
        take(entry)
    }

    private func take(_ entry: Entry) {
        if let heading = entry.heading { self.heading = heading }
        if let sending = entry.sending { unanswered = sending }
        if let stored = entry.stored {
            self.stored.append(stored)
            unanswered = nil
        }
        if let finishedAt = entry.finishedAt { self.finishedAt = finishedAt }
    }
}
