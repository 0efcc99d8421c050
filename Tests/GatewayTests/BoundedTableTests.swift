import Testing

@testable import Gateway

@Suite struct BoundedTableTests {
    private func fill(_ table: inout BoundedTable<Int, Int64>, _ keys: Range<Int>, with worth: Int64) {
        for key in keys { table.update(key, orMake: worth, harm: { $0 }, { $0 = worth }) }
    }

    @Test func keepsWhatItIsGivenWhileThereIsRoom() {
        var table = BoundedTable<Int, Int64>(capacity: 100)
        fill(&table, 0..<100, with: 0)
        #expect(table.count == 100)
        #expect((0..<100).allSatisfy { table[$0] == 0 })
        table.remove(7)
        #expect(table[7] == nil && table[99] == 0 && table.count == 99)
        func raise(_ key: Int) -> Int64? {
            table.update(key) { worth in
                worth += 1
                return worth
            }
        }
        #expect(raise(8) == 1 && table[8] == 1)
        #expect(raise(7) == nil && table[7] == nil)
    }

    @Test func neverOutgrowsItsCapacity() {
        for capacity in [1, 2, 31, 32, 33, 100] {
            for worth: Int64 in [0, 1] {
                var table = BoundedTable<Int, Int64>(capacity: capacity)
                fill(&table, 0..<1_000, with: worth)
                #expect(table.count <= capacity)
                #expect(table[999] == worth, "the newest is always there")
            }
        }
    }

    @Test func whatIsWorthMuchOutlivesAFloodOfWhatIsWorthLittle() {
        var table = BoundedTable<Int, Int64>(capacity: 1_000)
        fill(&table, 0..<900, with: 5)
        fill(&table, 1_000..<100_000, with: 1)
        #expect((0..<900).allSatisfy { table[$0] == 5 })
        // The control: a flood of what is worth more pushes them out.
        fill(&table, 100_000..<200_000, with: 6)
        #expect((0..<900).allSatisfy { table[$0] == nil })
    }

    @Test func whatIsWorthNothingGoesFirst() {
        var table = BoundedTable<Int, Int64>(capacity: 64)
        for key in 0..<64 { fill(&table, key..<key + 1, with: key % 2 == 0 ? 0 : 3) }
        fill(&table, 100..<132, with: 9)
        #expect((0..<64).filter { table[$0] != nil } == (0..<64).filter { $0 % 2 == 1 })
    }

    @Test func removesWhatIsDoomed() {
        var table = BoundedTable<Int, Int64>(capacity: 50)
        for key in 0..<50 { fill(&table, key..<key + 1, with: Int64(key)) }
        table.removeAll { $0 % 3 == 0 }
        #expect((0..<50).allSatisfy { (table[$0] == nil) == ($0 % 3 == 0) })
        table.removeAll()
        #expect(table.count == 0)
    }
}
