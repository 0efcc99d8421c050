import IPC
import ManufacturingKPI
import PostgresClient
import Shared

@testable import OpsCLI
@testable import TenantWorker

/// A line of a tenant's database with the worker's way of calculating and editing its stops.
struct StoredStopsFixture: Sendable {
    static let base: Int64 = 1_770_000_000

    let trigger: TriggerPlant
    let line: ProductionLine
    let plant: TenantWorker.Plant
    let model: PlantModel
    /// One failure of every line with two incidents.
    let incidents: [IncidentID]

    static var deadline: ContinuousClock.Instant { .now + .seconds(60) }

    /// An instant so many seconds into the example.
    static func at(_ second: Int64) -> Shared.Instant { Shared.Instant(seconds: base + second) }

    static func make(
        _ tenant: TenantDatabase, _ cluster: MigrationsCluster, threshold: Int32, commissionedAt: Shared.Instant?
    ) async throws -> StoredStopsFixture {
        let trigger = try await TriggerPlant.make(tenant, cluster, threshold: threshold)
        let incidents = try await cluster.withWorker(of: tenant) { pool in
            try await pool.query(
                Statement(
                    "InsertCauses",
                    """
                    WITH made AS (
                        INSERT INTO failure (failure_code, failure_name) VALUES (gen_random_uuid()::text, 'Failure')
                        RETURNING failure_id
                    )
                    INSERT INTO incident (failure_id, incident_code, incident_name)
                    SELECT failure_id, gen_random_uuid()::text, 'Incident' FROM made CROSS JOIN generate_series(1, 2)
                    RETURNING incident_id
                    """), deadline: deadline
            ).column(0, as: Int64.self).map { IncidentID($0) }
        }
        let plant = TenantWorker.Plant(
            id: PlantID(1), code: "P", name: "Plant", zone: try TimeZoneDatabase().rules(named: "UTC"), language: nil,
            isActive: true)
        let line = ProductionLine(
            id: LineID(Int64(trigger.lineID)), plant: plant.id, code: "L", name: "Line", autoDetectsDowntime: true,
            commissionedAt: commissionedAt, decommissionedAt: nil, isActive: true, heartbeatTimeoutSeconds: nil,
            createdAt: at(0),
            versions: [
                ProductionLine.Version(
                    validFrom: nil, ratePerMinute: nil, thresholdSeconds: Int64(threshold), microStopSeconds: nil,
                    targetOEE: nil)
            ])
        let model = PlantModel(
            plants: [plant], lines: [line], areas: [], products: [], idealRates: [], shifts: [], exceptions: [],
            failures: [
                Failure(
                    id: FailureID(1), code: "F", name: "Failure", category: .breakdown, lines: nil, description: nil,
                    isActive: true)
            ],
            incidents: incidents.map { incident in
                Incident(
                    id: incident, failure: FailureID(1), code: "I", name: "Incident", description: nil, solution: nil,
                    isActive: true)
            },
            lineGroups: [], layouts: [], settings: [:])
        return StoredStopsFixture(trigger: trigger, line: line, plant: plant, model: model, incidents: incidents)
    }

    func calculation(now: Shared.Instant) -> StopCalculation {
        StopCalculation(line: line, plant: plant, now: now, deadline: Self.deadline)
    }

    /// One run of the background calculation.
    @discardableResult
    func run(_ pool: PostgresPool, now: Shared.Instant) async throws -> StopChanges {
        let calculation = calculation(now: now)
        return try await pool.withTransaction(deadline: Self.deadline) { transaction in
            let held = try await calculation.hold(transaction)
            return try await calculation.bringUpToDate(held, transaction)
        }
    }

    /// The stored stops, as a run from nothing leaves them.
    func runAnew(_ pool: PostgresPool, now: Shared.Instant) async throws -> [ProjectedStop] {
        let calculation = calculation(now: now)
        try await pool.withTransaction(deadline: Self.deadline) { transaction in
            let stored = try await stored(transaction)
            if !stored.isEmpty {
                try await transaction.execute(
                    DeleteStoredStops.statement(line.id, stored.map(\.id)), deadline: Self.deadline)
            }
            var held = try await calculation.hold(transaction)
            held.checkpoint = StopCheckpoint()
            _ = try await calculation.bringUpToDate(held, transaction)
        }
        return try await stored(pool).map(\.stop)
    }

    func edit(
        _ action: EditStops.Action, event: StopID? = nil, body: String = "", role: Role = .manager, user: Int64 = 1,
        _ pool: PostgresPool, now: Shared.Instant, isTrial: Bool = false
    ) async throws -> StopEditing.Outcome {
        let call = EditStops(action, line: event == nil ? nil : line.id, event: event)
        let editing = StopEditing(
            request: try StopEditRequest(call, Array(body.utf8)),
            principal: Principal(kind: .user(UserID(user), role), tenant: TenantID(1)),
            model: model,
            now: now,
            deadline: Self.deadline
        )
        return try await editing.run(pool, isTrial: isTrial)
    }

    func stored(_ pool: PostgresPool) async throws -> [StoredStop] {
        try await pool.withTransaction(.readOnly, deadline: Self.deadline) { try await stored($0) }
    }

    private func stored(_ transaction: borrowing PostgresTransaction) async throws -> [StoredStop] {
        try await ListStoredStops.read(
            transaction.query(
                ListStoredStops.statement(
                    line.id, sharing: Interval(start: Shared.Instant(microseconds: 0), end: .last)),
                deadline: Self.deadline))
    }

    /// The same from every detection ever written and every fact, without a database.
    func expected(_ rows: [PlantRow], _ pool: PostgresPool, now: Shared.Instant) async throws -> [ProjectedStop] {
        let facts = try await ListStopFacts.read(
            pool.query(ListStopFacts.statement(line.id), deadline: Self.deadline))
        let edits = StopEdits(facts)
        let gaps = ActivityGaps(detections: rows.map(\.at).sorted(), floor: 1_000_000)
        let settings = line.settings(
            commissionedAt: line.commissionedAt(firstDetection: gaps.firstDetection, in: plant.zone))
        let detection = StopDetection(
            gaps: gaps, settings: settings, registered: edits.registered, removed: edits.removed,
            span: Interval(start: Shared.Instant(microseconds: 0), end: now), now: now)
        return StopTimeline(detection, ownPlanned: IntervalSet(), causes: edits.causes).projected
    }
}

extension ProjectedStop {
    /// What is stored of it, for comparing.
    var asStored: ProjectedStop { ProjectedStop(start: start, end: end, source: source, cause: cause) }
}
