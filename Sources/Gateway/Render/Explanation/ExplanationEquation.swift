/// A figure as an equation with the numbers put in.
struct ExplanationEquation {
    struct Term {
        /// What stands before it.
        let sign: String?
        let value: String
        let label: String
        let isResult: Bool
    }

    let terms: [Term]
    /// Why it has no result, or why the result is not what the terms come to.
    let note: String?

    private init(_ terms: [Term], note: String? = nil) {
        self.terms = terms
        self.note = note
    }

    /// `first sign second = result`, with a result that is known.
    static func of(
        _ first: (value: String, label: String), _ sign: String, _ second: (value: String, label: String),
        result: (value: String, label: String), note: String? = nil
    ) -> Self {
        Self(
            [
                Term(sign: nil, value: first.value, label: first.label, isResult: false),
                Term(sign: sign, value: second.value, label: second.label, isResult: false),
                Term(sign: "=", value: result.value, label: result.label, isResult: true),
            ], note: note)
    }

    /// A product of several factors.
    static func product(
        _ factors: [(value: String, label: String)], result: (value: String, label: String), note: String?
    ) -> Self {
        var terms = factors.enumerated().map { index, factor in
            Term(sign: index == 0 ? nil : "×", value: factor.value, label: factor.label, isResult: false)
        }
        terms.append(Term(sign: "=", value: result.value, label: result.label, isResult: true))
        return Self(terms, note: note)
    }
}
