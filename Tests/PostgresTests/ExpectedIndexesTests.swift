import Identity
import PostgresClient
import Shared
import Testing

@testable import OpsCLI
@testable import TenantWorker

@Suite struct ExpectedIndexesTests {
    private var deadline: ContinuousClock.Instant { .now + .seconds(60) }

    /// A table, an index of it and what that is.
    private struct Entry: Hashable {
        let table: String
        let name: String
        let shape: IndexShape
    }

    @Test func theListIsWhatTheMigrationsMake() async throws {
        let cluster = try await MigrationsCluster.shared.value
        let tenant = try TenantDatabase(name: TenantDatabase.newName(), address: cluster.tenants[0].address)
        try await tenant.create(cluster.admin, workerPassword: DatabasePassword())
        _ = try await tenant.migrate(cluster.admin, cluster.migrations.tenant)
        _ = try await TriggerPlant.make(tenant, cluster)
        _ = try await TriggerPlant.make(tenant, cluster)
        let expected = try ExpectedIndexes(cluster.settings)
        try await cluster.admin.withPool(tenant.name) { pool in
            try await pool.withConnection(deadline: deadline) { connection in
                let catalogue = try await IndexCatalogue.read(connection)
                #expect(catalogue.lines.count == 2)
                let wanted = expected.of(lines: catalogue.lines)
                let found = catalogue.indexes.filter { $0.whole == nil }.map {
                    Entry(table: $0.table.description, name: $0.name, shape: $0.shape)
                }
                let listed = wanted.map { Entry(table: $0.table, name: $0.name, shape: $0.shape) }
                #expect(Set(found).subtracting(listed).isEmpty)
                #expect(Set(listed).subtracting(found).isEmpty)
                #expect(found.count == listed.count)
                #expect(IndexFinding.all(wanted, in: catalogue).isEmpty)
                #expect(IndexFinding.others(wanted, in: catalogue).isEmpty)
            }
        }
    }

    @Test func plansAreOfTheStatementsOfTheWorker() async throws {
        let cluster = try await MigrationsCluster.shared.value
        let expected = try ExpectedIndexes(cluster.settings).of(lines: [7])
        let start = Shared.Instant(microseconds: 1_767_225_600_000_000)
        let span = Interval(start: start, end: Shared.Instant(microseconds: 1_767_312_000_000_000))
        let sample = ServedStatement.Sample(
            line: 7, start: PostgresTimestamp(microseconds: span.start.microseconds),
            end: PostgresTimestamp(microseconds: span.end.microseconds))
        let line = LineID(7)
        let minutes = span.start.minute..<span.end.minute
        let statements = [
            try ListDetections.statement(line, in: span, limit: 101),
            try ListStoredStops.statement(line, sharing: span),
            CountDetectionsPerMinute.statement(line, minutes: minutes),
            ListActivityGaps.statement(line, startingIn: span),
            ReadDetectionEvents.statement(line, ["1", "2", "3"]),
            ListStopFacts.statement(line),
            ReadLineActivity.statement(line),
            ListUnobservedGaps.statement(line),
        ]
        let served = try expected.compactMap { try ServedStatement.of($0, sample) }
        for statement in statements {
            let same = served.first { $0.statement.name.description == statement.name.description }
            let found = try #require(same, "\(statement.name)")
            #expect(found.statement.text == statement.text)
            #expect(found.statement.parameters == statement.parameters)
            #expect(found.isRead)
        }
        // What is left deletes, and is in a function of the database.
        let others = served.filter { !$0.isRead }
        #expect(served.count == statements.count + others.count && others.count == 2)
        try await cluster.admin.withPool(cluster.tenants[0].name) { pool in
            let rows = try await pool.query(
                Statement(
                    "ReadFunction", "SELECT prosrc FROM pg_proc WHERE oid = 'forget_expired_keys()'::regprocedure"),
                deadline: deadline)
            let source: String = try rows.value(0, 0)
            for other in others { #expect(source.contains(other.statement.text)) }
        }
    }
}
