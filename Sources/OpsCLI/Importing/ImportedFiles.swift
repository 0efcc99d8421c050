import ArgumentParser
import Shared

/// What `import` and `import-stops` are told alike: which files of whose, how they are to be read, and where things are.
struct ImportedFiles: ParsableArguments {
    @Option(help: "The tenant's slug.")
    var tenant: String

    @Argument(help: ArgumentHelp("Files to import, one after the other.", valueName: "file"))
    var files: [String]

    @Option(help: "The IANA zone of times without an offset. An hour that occurred twice is the first.")
    var naiveTimesIn: String?

    @Option(
        help: ArgumentHelp(
            "The field that a column of another name stands for; without one the column is passed over.",
            valueName: "heading=field"))
    var column: [String] = []

    @Option(help: "The folder for files of rejected rows. Default: beside each file.")
    var rejects: String?

    @Option(help: "Where the server answers. Default: what run/url in the data folder says.")
    var url: String?

    func validate() throws {
        try FlagRules.slug(tenant, flag: "--tenant")
        if let naiveTimesIn { try FlagRules.timezone(naiveTimesIn, flag: "--naive-times-in") }
        guard !files.isEmpty else { throw ValidationError("at least one file is needed") }
    }

    /// The zone of times without an offset; nil when there must be none.
    func zone() throws -> TimeZoneRules? {
        try naiveTimesIn.map { try TimeZoneDatabase().rules(named: $0) }
    }

    /// The field that each column of another name stands for; nil for one that is passed over.
    func columns<Field: RawRepresentable<String> & CaseIterable>(as _: Field.Type) throws -> [String: Field?] {
        try ImportFlags.pairs(column, flag: "--column").mapValues { name in
            if name.isEmpty { return nil }
            guard let field = Field(rawValue: name) else {
                let known = Field.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--column: a field is one of \(known)")
            }
            return field
        }
    }

    /// The file for the rows of a file that are not taken.
    func rejectsPath(of file: String, ending: String) -> String {
        ImportFlags.besides(file, in: rejects, ending: ending)
    }
}
