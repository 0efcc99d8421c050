import Testing

@testable import OpsCLI

@Suite struct MigrationPlanTests {
    private let set: MigrationSet

    init() throws {
        set = try MigrationSet(files: [
            MigrationFile(number: 2, name: "b", text: "two"), MigrationFile(number: 1, name: "a", text: "one"),
        ])
    }

    private func applied(_ number: Int, _ name: String, _ text: String) -> AppliedMigration {
        let file = MigrationFile(number: number, name: name, text: text)
        return AppliedMigration(number: number, name: name, checksum: file.checksum)
    }

    @Test func pendingIsWhatFollowsTheApplied() throws {
        let one = applied(1, "a", "one")
        #expect(try MigrationPlan(set, applied: [], database: "d").pending.map(\.number) == [1, 2])
        #expect(try MigrationPlan(set, applied: [one], database: "d").pending.map(\.number) == [2])
        #expect(try MigrationPlan(set, applied: [applied(2, "b", "two"), one], database: "d").pending.isEmpty)
    }

    @Test func refusesWhatTheFilesDoNotSay() {
        let one = applied(1, "a", "one")
        #expect(throws: OpsFailure.self) { try MigrationPlan(set, applied: [applied(1, "a", "eins")], database: "d") }
        #expect(throws: OpsFailure.self) { try MigrationPlan(set, applied: [applied(1, "x", "one")], database: "d") }
        #expect(throws: OpsFailure.self) { try MigrationPlan(set, applied: [applied(2, "b", "two")], database: "d") }
        #expect(throws: OpsFailure.self) {
            try MigrationPlan(set, applied: [one, applied(2, "b", "two"), applied(3, "c", "")], database: "d")
        }
    }

    @Test(arguments: [[2], [1, 3], [1, 1]])
    func refusesNumbersWithGapsOrTwice(numbers: [Int]) {
        #expect(throws: OpsFailure.self) {
            try MigrationSet(files: numbers.map { MigrationFile(number: $0, name: "n", text: "") })
        }
    }
}
