/// Which of several lines something that is said is about.
struct ExplainedLines {
    /// So many are named.
    private static let named = 6

    private let lines: [ExplanationReply.Line]
    private let localisation: Localisation

    init(_ reply: ExplanationReply, _ localisation: Localisation) {
        lines = reply.lines
        self.localisation = localisation
    }

    /// Those that a flag is raised for; nil where that is the only one, or all of them.
    func flagged(_ flag: String) -> String? {
        let flagged = lines.filter { $0.figures.flags.contains(flag) }
        return flagged.isEmpty || flagged.count == lines.count ? nil : names(flagged)
    }

    /// That some have no part in what is compared at both ends of a line; nil where each has, or there is only one.
    var notDual: String? {
        let others = lines.filter { $0.isDual == false }
        guard lines.count > 1, !others.isEmpty else { return nil }
        return localisation.text(
            others.count == 1 ? .explainNotDualOne : .explainNotDualOther, ["lines": names(others)])
    }

    private func names(_ lines: [ExplanationReply.Line]) -> String {
        let codes = lines.prefix(Self.named).map(\.lineCode).joined(separator: ", ")
        guard lines.count > Self.named else { return codes }
        return localisation.text(.explainMoreLines, ["lines": codes, "n": "\(lines.count - Self.named)"])
    }
}
