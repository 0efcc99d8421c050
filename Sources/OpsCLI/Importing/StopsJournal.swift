import Shared

/// Which rows of a file of stops are done, in a file of the data folder: run again, the command leaves them alone, whatever
/// people made of those stops since.
final class StopsJournal {
    /// How the file is read: what its rows say depends on that. The incidents do not count, as a row of an unknown one is
    /// rejected, and so not done.
    struct Heading: Codable {
        let sha256: String
        let tenant: String
        let line: String?
        let zone: String?
        /// What each heading stands for; empty: nothing.
        let columns: [String: String]
        let file: String
        let startedAt: String
    }

    /// What a row became.
    struct Done: Codable {
        enum Kind: String, Codable {
            case registered
            case thereBefore = "there_before"
            case justified
        }

        /// From 1.
        let row: Int
        let kind: Kind
        /// Whether planned time lets it be listed.
        let isPlanned: Bool
    }

    private struct Entry: Codable {
        var heading: Heading?
        var done: Done?
    }

    /// The same for the same file and line.
    let name: String
    private let file: JournalFile<Entry>
    private var done: [Int: Done] = [:]

    /// - Throws: also when another run has it, or when the file was read in another way before.
    init(folder: String, _ heading: Heading) throws {
        name = ImportJournal.name(tenant: heading.tenant, digest: heading.sha256, line: heading.line) + "-stops"
        var (known, done): (Heading?, [Int: Done]) = (nil, [:])
        file = try JournalFile(folder: folder, name: name) { entry in
            known = entry.heading ?? known
            if let row = entry.done { done[row.row] = row }
        }
        self.done = done
        guard let known else {
            try file.add(Entry(heading: heading))
            return
        }
        guard known.zone == heading.zone, known.columns == heading.columns else {
            throw OpsFailure(
                "\(heading.file) was imported since \(known.startedAt) with another --naive-times-in or --column; go on "
                    + "with the same ones. What it is known by is \(file.path)")
        }
    }

    /// What a row became in an earlier run; nil when it is not done.
    func outcome(ofRow row: Int) -> StopsReport.Outcome? {
        guard let done = done[row] else { return nil }
        return switch done.kind {
        case .registered: .registered(isPlanned: done.isPlanned)
        case .thereBefore: .thereBefore(isPlanned: done.isPlanned)
        case .justified: .justified
        }
    }

    /// Notes what became of a row; one that was rejected or left to the calculation is looked at again in the next run.
    func note(_ outcome: StopsReport.Outcome, ofRow row: Int) throws {
        let entry: Done
        switch outcome {
        case .registered(let isPlanned): entry = Done(row: row, kind: .registered, isPlanned: isPlanned)
        case .thereBefore(let isPlanned): entry = Done(row: row, kind: .thereBefore, isPlanned: isPlanned)
        case .justified: entry = Done(row: row, kind: .justified, isPlanned: true)
        case .leftToCalculation, .rejected: return
        }
        try file.add(Entry(done: entry))
        done[row] = entry
    }
}
