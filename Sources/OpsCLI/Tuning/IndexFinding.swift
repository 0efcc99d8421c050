/// What a database lacks of an index that it should have.
struct IndexFinding: Hashable, Sendable {
    enum State: String, Sendable {
        /// There is none.
        case missing
        /// There is one that is not complete: a build broke off.
        case invalid
    }

    /// What is to be done for one table or partition.
    enum Step: Hashable, Sendable {
        /// Builds the index.
        case build(TableName)
        /// Builds an index anew that is there and not complete.
        case rebuild(FoundIndex)
        /// An index of a partition is there and not yet part of the whole table's.
        case adopt(FoundIndex)
        /// The constraint that a complete unique index is there for.
        case constrain(FoundIndex)
    }

    /// The index of a table with partitions, which those of the partitions are parts of.
    struct Whole: Hashable, Sendable {
        let name: String
        let isThere: Bool
    }

    let expected: ExpectedIndex
    let state: State
    /// The index of the whole table; nil where the table has no partitions.
    let whole: Whole?
    let steps: [Step]

    /// What is missing of all that is expected.
    static func all(_ expected: [ExpectedIndex], in catalogue: IndexCatalogue) -> [IndexFinding] {
        let byTable = Dictionary(grouping: catalogue.indexes, by: \.table)
        return expected.compactMap { find($0, byTable, catalogue.partitions) }
    }

    /// The indexes that nobody expects: not those of the list, nor their parts. One that is doubled counts once.
    static func others(_ expected: [ExpectedIndex], in catalogue: IndexCatalogue) -> [FoundIndex] {
        let byTable = Dictionary(grouping: catalogue.indexes, by: \.table)
        var known = Set<Int64>()
        for one in expected {
            let table = TableName(name: one.table)
            let here = byTable[table] ?? []
            if let meant = best(of: here, for: one) ?? bare(of: here, for: one) { known.insert(meant.number) }
            for part in catalogue.partitions[table] ?? [] {
                if let best = best(of: byTable[part] ?? [], for: one) { known.insert(best.number) }
            }
        }
        let isWhole = Set(catalogue.indexes.filter(\.isPartitioned).map(\.number))
        return catalogue.indexes.filter { index in
            if known.contains(index.number) { return false }
            // Parts go with the whole.
            guard let whole = index.whole else { return true }
            return !isWhole.contains(whole)
        }
    }

    private static func find(
        _ expected: ExpectedIndex, _ byTable: [TableName: [FoundIndex]], _ partitions: [TableName: [TableName]]
    ) -> IndexFinding? {
        let table = TableName(name: expected.table)
        let here = byTable[table] ?? []
        let best = best(of: here, for: expected)
        guard let parts = partitions[table] else {
            if let best {
                guard !best.isValid else { return nil }
                return IndexFinding(expected: expected, state: .invalid, whole: nil, steps: [.rebuild(best)])
            }
            guard let bare = bare(of: here, for: expected) else {
                return IndexFinding(expected: expected, state: .missing, whole: nil, steps: [.build(table)])
            }
            return IndexFinding(
                expected: expected, state: bare.isValid ? .missing : .invalid, whole: nil,
                steps: (bare.isValid ? [] : [.rebuild(bare)]) + [.constrain(bare)])
        }
        if let best, best.isValid { return nil }
        let steps = parts.compactMap { part in step(for: expected, byTable[part] ?? [], part, whole: best) }
        return IndexFinding(
            expected: expected, state: best == nil ? .missing : .invalid,
            whole: Whole(name: best?.name ?? expected.name, isThere: best != nil), steps: steps)
    }

    /// Nil when the partition has what it should.
    private static func step(
        for expected: ExpectedIndex, _ here: [FoundIndex], _ part: TableName, whole: FoundIndex?
    ) -> Step? {
        let fitting = here.filter { $0.shape == expected.shape }
        if let whole, let own = fitting.first(where: { $0.whole == whole.number }) {
            return own.isValid ? nil : .rebuild(own)
        }
        let free = fitting.filter { $0.whole == nil }
        if let ready = free.first(where: \.isValid) { return .adopt(ready) }
        return free.first.map { .rebuild($0) } ?? .build(part)
    }

    /// The index that is meant by an expected one: of its shape, complete before not, of its name before others, part of a
    /// whole before not.
    private static func best(of here: [FoundIndex], for expected: ExpectedIndex) -> FoundIndex? {
        here.filter { $0.shape == expected.shape }.min { first, second in
            rank(first, expected) < rank(second, expected)
        }
    }

    private static func rank(_ index: FoundIndex, _ expected: ExpectedIndex) -> Int {
        (index.isValid ? 0 : 4) + (index.name == expected.name ? 0 : 2) + (index.whole != nil ? 0 : 1)
    }

    /// An index that lacks only the constraint, as one has that was built for it; a complete one before others.
    private static func bare(of here: [FoundIndex], for expected: ExpectedIndex) -> FoundIndex? {
        guard expected.shape.guardedAs.isConstraint else { return nil }
        let bare = here.filter {
            $0.shape.guardedAs == .unique && $0.shape.definition == expected.shape.definition
        }
        return bare.first(where: \.isValid) ?? bare.first { $0.name == expected.name }
    }
}
