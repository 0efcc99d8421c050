import Testing

@testable import OpsCLI

@Suite struct IndexFindingTests {
    private static let list = """
        # a remark
        minute_count: minute_count_pkey primary key using btree (line_id, minute)
        detection_line_{line}: detection_line_{line}_time using btree (detected_at, detection_id)
        """
    private static let months = ["detection_line_1_default", "detection_line_1_y2026m03"].map {
        TableName(schema: "detection_partition", name: $0)
    }
    private let expected: [ExpectedIndex]

    init() throws {
        expected = try ExpectedIndexes(text: Self.list).of(lines: [1])
    }

    private func index(
        _ number: Int64, _ name: String, of table: TableName, _ definition: String,
        guardedAs: IndexShape.Guard = .none, isValid: Bool = true, isPartitioned: Bool = false, whole: Int64? = nil
    ) -> FoundIndex {
        FoundIndex(
            number: number, table: table, name: name,
            shape: IndexShape(guardedAs: guardedAs, definition: definition), isValid: isValid,
            isPartitioned: isPartitioned, whole: whole, bytes: 8_192, scans: 0, coveredBy: nil)
    }

    private func key(_ guardedAs: IndexShape.Guard = .primaryKey, isValid: Bool = true) -> FoundIndex {
        index(
            1, "minute_count_pkey", of: TableName(name: "minute_count"), "btree (line_id, minute)",
            guardedAs: guardedAs, isValid: isValid)
    }

    private func whole(isValid: Bool = true) -> FoundIndex {
        index(
            2, "detection_line_1_time", of: TableName(name: "detection_line_1"), "btree (detected_at, detection_id)",
            isValid: isValid, isPartitioned: true)
    }

    private func part(_ number: Int64, of month: Int, isValid: Bool = true, whole: Int64? = 2) -> FoundIndex {
        index(
            number, "part_\(number)", of: Self.months[month], "btree (detected_at, detection_id)", isValid: isValid,
            whole: whole)
    }

    private func catalogue(_ indexes: [FoundIndex]) -> IndexCatalogue {
        IndexCatalogue(indexes: indexes, partitions: [TableName(name: "detection_line_1"): Self.months], lines: [1])
    }

    private func find(_ indexes: [FoundIndex]) -> [IndexFinding] {
        IndexFinding.all(expected, in: catalogue(indexes))
    }

    private func others(_ indexes: [FoundIndex]) -> [String] {
        IndexFinding.others(expected, in: catalogue(indexes)).map(\.name)
    }

    @Test func whatIsThereIsNoFinding() {
        let complete = [key(), whole(), part(3, of: 0), part(4, of: 1)]
        #expect(find(complete).isEmpty)
        #expect(others(complete).isEmpty)
    }

    @Test func nothingIsThere() {
        let found = find([])
        #expect(found.map(\.state) == [.missing, .missing])
        #expect(found[0].steps == [.build(TableName(name: "minute_count"))] && found[0].whole == nil)
        #expect(found[1].steps == Self.months.map { .build($0) })
        #expect(found[1].whole == IndexFinding.Whole(name: "detection_line_1_time", isThere: false))
    }

    @Test func aBuildThatBrokeOffIsDoneAnew() {
        let found = find([key(isValid: false), whole(), part(3, of: 0), part(4, of: 1)])
        #expect(found.map(\.state) == [.invalid])
        #expect(found[0].steps == [.rebuild(key(isValid: false))])
        let bare = find([key(.unique), whole(), part(3, of: 0), part(4, of: 1)])
        #expect(bare.map(\.steps) == [[.constrain(key(.unique))]])
        let broken = key(.unique, isValid: false)
        let half = [broken, whole(), part(3, of: 0), part(4, of: 1)]
        #expect(find(half).map(\.steps) == [[.rebuild(broken), .constrain(broken)]])
        #expect(others(half).isEmpty)
    }

    @Test func partitionsGoOnWhereTheyBrokeOff() {
        let found = find([key(), whole(isValid: false), part(3, of: 0), part(4, of: 1, isValid: false, whole: nil)])
        #expect(found.map(\.state) == [.invalid])
        #expect(found[0].steps == [.rebuild(part(4, of: 1, isValid: false, whole: nil))])
        #expect(found[0].whole == IndexFinding.Whole(name: "detection_line_1_time", isThere: true))
        let free = find([key(), whole(isValid: false), part(3, of: 0), part(4, of: 1, whole: nil)])
        #expect(free[0].steps == [.adopt(part(4, of: 1, whole: nil))])
    }

    @Test func furtherOnesAreListedOnceAndPartsWithTheirWhole() {
        let complete = [key(), whole(), part(3, of: 0), part(4, of: 1)]
        let doubled = index(
            9, "mine", of: TableName(name: "detection_line_1"), "btree (detected_at, detection_id)",
            isPartitioned: true)
        let its = index(10, "its", of: Self.months[0], "btree (detected_at, detection_id)", whole: 9)
        let alone = index(11, "alone", of: Self.months[1], "btree (product_id)")
        #expect(others(complete + [doubled, its, alone]) == ["mine", "alone"])
        #expect(find(complete + [doubled, its, alone]).isEmpty)
    }

    @Test(arguments: ["minute_count", "a: b with btree (c)", "a: b foreign key using btree (c)"])
    func aListThatCannotBeReadIsRefused(line: String) {
        #expect(throws: OpsFailure.self) { try ExpectedIndexes(text: line) }
        #expect(throws: Never.self) { try ExpectedIndexes(text: "a: b using btree (c)") }
    }
}
