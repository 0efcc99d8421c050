import NIOCore
import PostgresClient
import Shared
import Synchronization

/// Holds the model of the tenant's plants as it is now, and reads it anew when it has changed.
final class PlantModelStore: Sendable {
    private struct State {
        var model: PlantModel?
        /// Grows with every change heard of, so that a model read before one is not kept after it.
        var changes = 0
        /// Answers made from `model`, for as long as it holds.
        var answers: [AnswerKey: ByteBuffer] = [:]
    }

    /// A list that depends on nothing but the model: not on the time, and on whoever asks only by the plants he may see.
    struct AnswerKey: Hashable {
        var resource: MasterDataResource
        var limit: UInt16
        var after: Int64
        var plants: [PlantID]?
    }

    private enum Thing {
        case model
    }

    private static let mostAnswers = 256

    private let pool: PostgresPool
    private let zones: TimeZoneDatabase
    private let turns = ReadingTurns<Thing>()
    private let state = Mutex(State())

    init(pool: PostgresPool, zones: TimeZoneDatabase) {
        self.pool = pool
        self.zones = zones
    }

    /// The model when it is at hand.
    var current: PlantModel? { state.withLock { $0.model } }

    /// Something was changed: the next reader reads it anew.
    func invalidate() {
        state.withLock { state in
            state.model = nil
            state.answers = [:]
            state.changes += 1
        }
    }

    /// An answer made from the model at hand, the same bytes for as long as it holds; nil when there is no model at hand.
    func answer(_ key: AnswerKey, _ make: (PlantModel) throws -> ByteBuffer) rethrows -> ByteBuffer? {
        let (model, changes, known) = state.withLock { ($0.model, $0.changes, $0.answers[key]) }
        if let known { return known }
        guard let model else { return nil }
        let bytes = try make(model)
        state.withLock { state in
            if state.changes == changes, state.answers.count < Self.mostAnswers { state.answers[key] = bytes }
        }
        return bytes
    }

    func model(deadline: ContinuousClock.Instant) async throws -> PlantModel {
        if let current { return current }
        return try await turns.take(.model) {
            let (known, changes) = state.withLock { ($0.model, $0.changes) }
            if let known { return known }
            let model = try await pool.withTransaction(.readOnlySnapshot, deadline: deadline) { transaction in
                try await read(transaction, deadline: deadline)
            }
            state.withLock { state in
                if state.changes == changes { state.model = model }
            }
            return model
        }
    }

    /// Reads everything as the transaction sees it, whatever is at hand.
    func read(
        _ transaction: borrowing PostgresTransaction,
        deadline: ContinuousClock.Instant
    ) async throws -> PlantModel {
        let plants = try await SelectPlants.read(transaction.query(SelectPlants.statement, deadline: deadline))
        let lines = try await SelectLines.read(transaction.query(SelectLines.statement, deadline: deadline))
        let areas = try await SelectAreas.read(transaction.query(SelectAreas.statement, deadline: deadline))
        let products = try await SelectProducts.read(transaction.query(SelectProducts.statement, deadline: deadline))
        let rates = try await SelectIdealRates.read(transaction.query(SelectIdealRates.statement, deadline: deadline))
        let shifts = try await SelectShifts.read(transaction.query(SelectShifts.statement, deadline: deadline))
        let exceptions = try await SelectCalendarExceptions.read(
            transaction.query(SelectCalendarExceptions.statement, deadline: deadline))
        let failures = try await SelectFailures.read(transaction.query(SelectFailures.statement, deadline: deadline))
        let incidents = try await SelectIncidents.read(
            transaction.query(SelectIncidents.statement, deadline: deadline))
        let groups = try await SelectLineGroups.read(
            transaction.query(SelectLineGroups.statement, deadline: deadline))
        let layouts = try await layouts(transaction, deadline: deadline)
        let settings = try await SelectSettings.read(transaction.query(SelectSettings.statement, deadline: deadline))
        return PlantModel(
            plants: try withZones(plants),
            lines: lines,
            areas: areas,
            products: products,
            idealRates: rates,
            shifts: shifts,
            exceptions: exceptions,
            failures: failures,
            incidents: incidents,
            lineGroups: groups,
            layouts: layouts,
            settings: settings
        )
    }

    /// None on a schema that has no place for them yet.
    private func layouts(
        _ transaction: borrowing PostgresTransaction,
        deadline: ContinuousClock.Instant
    ) async throws -> [RoleLayout] {
        let isThere: Bool = try await transaction.query(FindLayouts.statement, deadline: deadline).value(0, 0)
        guard isThere else { return [] }
        return try await SelectLayouts.read(transaction.query(SelectLayouts.statement, deadline: deadline))
    }

    private func withZones(_ rows: [SelectPlants.Row]) throws -> [Plant] {
        // Most tenants have one zone, and its file is read once.
        var rules: [String: TimeZoneRules] = [:]
        return try rows.map { row in
            let zone = try rules[row.timeZone] ?? zones.rules(named: row.timeZone)
            rules[row.timeZone] = zone
            return Plant(
                id: row.id,
                code: row.code,
                name: row.name,
                zone: zone,
                language: row.language,
                isActive: row.isActive
            )
        }
    }
}
