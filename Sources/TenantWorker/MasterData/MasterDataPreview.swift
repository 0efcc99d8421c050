import IPC
import ManufacturingKPI
import PostgresClient
import Shared

/// What a change of master data would do: found out by making it in a transaction that is taken back, so that it is
/// what the change itself does.
///
/// A change that plans no time is only judged, and nothing of it is stored even for a moment.
struct MasterDataPreview {
    let change: MasterDataChange

    /// Thrown to take the change back when everything about it is known.
    private struct TakenBack: Error {
        let answer: JSONWriter
    }

    /// - Throws: what the change would be refused with.
    func preview(_ call: PreviewMasterData, _ body: [UInt8]) async throws -> JSONWriter {
        switch call.change {
        case .creation: try await saving(call.resource, nil, body)
        case .replacement: try await saving(call.resource, call.id, body)
        case .deletion: try await deletion(call.resource, call.id)
        }
    }

    private func saving(_ resource: MasterDataResource, _ id: Int64?, _ body: [UInt8]) async throws -> JSONWriter {
        try await saving(resource, resource.stored, id, body)
    }

    private func saving<Body: StoredMasterData>(
        _ resource: MasterDataResource, _ type: Body.Type, _ id: Int64?, _ bytes: [UInt8]
    ) async throws -> JSONWriter {
        guard resource.plansTime else {
            let context = change.context(try await change.models.model(deadline: change.deadline))
            if let id { try change.demand(resource, id, .absent, context) }
            let body = try change.read(type, bytes, context, replaced: id)
            var days: Int?
            if let id, resource.isDated {
                let rows = try await change.pool.query(ListLinesWithHistory.statement, deadline: change.deadline)
                days = body.restatedDays(of: id, context, try ListLinesWithHistory.read(rows))
            }
            var json = JSONWriter()
            json.object { $0.field("past_days", days) }
            return json
        }
        return try await takingBack { transaction, context in
            if let id { try change.demand(resource, id, .absent, context) }
            let body = try change.read(type, bytes, context, replaced: id)
            let stored: Int64
            if let id {
                try await body.replace(id, transaction, context)
                stored = id
            } else {
                stored = try await body.insert(transaction, context)
            }
            let plan = try await plan(of: resource, stored, transaction, context)
            var json = JSONWriter()
            json.object { json in plan.write(to: &json) }
            return json
        }
    }

    private func deletion(_ resource: MasterDataResource, _ id: Int64) async throws -> JSONWriter {
        try await takingBack { transaction, context in
            try change.demand(resource, id, .absent, context)
            let outcome = try await MasterDataRemoval(context: context).remove(resource, id, transaction)
            let plan = resource.plansTime ? try await plan(of: resource, id, transaction, context) : nil
            let after = try await change.models.read(transaction, deadline: change.deadline)
            var json = JSONWriter()
            json.object { json in
                json.field("is_kept", outcome == .deactivated)
                json.key("also")
                json.object { json in
                    // What goes with the object; what has become invisible to whoever asks is not told apart.
                    for kind in MasterDataResource.allCases where kind != resource {
                        let gone = context.model.count(of: kind) - after.count(of: kind)
                        guard gone > 0 else { continue }
                        json.key(dynamic: kind.rawValue)
                        json.value(gone)
                    }
                }
                plan?.write(to: &json)
            }
            return json
        }
    }

    private func takingBack(
        _ body: (borrowing PostgresTransaction, MasterDataContext) async throws -> JSONWriter
    ) async throws -> JSONWriter {
        do {
            return try await change.change { transaction, context in
                throw TakenBack(answer: try await body(transaction, context))
            }
        } catch let taken as TakenBack {
            return taken.answer
        }
    }

    private func plan(
        of resource: MasterDataResource,
        _ id: Int64,
        _ transaction: borrowing PostgresTransaction,
        _ context: MasterDataContext
    ) async throws -> PlanChange {
        let after = try await change.models.read(transaction, deadline: change.deadline)
        let rows = try await transaction.query(ListLinesWithHistory.statement, deadline: change.deadline)
        return PlanChange(
            of: resource, id, before: context.view, after: after.visible(to: change.principal),
            history: try ListLinesWithHistory.read(rows), now: change.now)
    }
}

extension MasterDataResource {
    /// Whether its objects say when lines are meant to work.
    fileprivate var plansTime: Bool {
        switch self {
        case .shifts, .calendarExceptions: true
        case .plants, .productionLines, .areas, .products, .idealRates, .failures, .incidents, .lineGroups, .layouts:
            false
        }
    }
}

extension PlantModel {
    fileprivate func count(of resource: MasterDataResource) -> Int {
        switch resource {
        case .plants: plants.count
        case .productionLines: lines.count
        case .areas: areas.count
        case .products: products.count
        case .idealRates: idealRates.count
        case .shifts: shifts.count
        case .calendarExceptions: exceptions.count
        case .failures: failures.count
        case .incidents: incidents.count
        case .lineGroups: lineGroups.count
        case .layouts: layouts.count
        }
    }
}

extension MasterDataBody {
    /// How many days before today the version that the body writes holds for, counted from the first detection that it
    /// concerns; nil for what has no versions.
    fileprivate func restatedDays(
        of id: Int64, _ context: MasterDataContext, _ history: [(line: LineID, firstDetection: Instant?)]
    ) -> Int? {
        func days(
            _ versions: [some DatedVersion], _ validFrom: ValidFrom?, in plant: PlantID?, _ lines: (LineID) -> Bool
        ) -> Int {
            let begins = history.compactMap { lines($0.line) ? $0.firstDetection : nil }
            guard let first = begins.min() else { return 0 }
            let start = versions.start(ofChangeFrom: context.instant(validFrom, in: plant))
            let next = versions.compactMap(\.validFrom).first { next in start.map { next > $0 } ?? true }
            let zone = plant.flatMap { context.model.plant($0)?.zone } ?? context.tenantZone
            let today = zone.start(of: zone.date(of: context.now))
            let begin = start.map { max($0, first) } ?? first
            let end = next.map { min($0, today) } ?? today
            guard begin < end else { return 0 }
            return zone.date(of: end + -1) - zone.date(of: begin) + 1
        }
        switch self {
        case let body as LineBody:
            guard let line = context.model.line(LineID(id)) else { return nil }
            return days(line.versions, body.validFrom, in: body.plant) { $0 == line.id }
        case let body as ProductBody:
            guard let product = context.model.product(ProductID(id)) else { return nil }
            return days(product.versions, body.validFrom, in: nil) { _ in true }
        case let body as IdealRateBody:
            guard let rate = context.model.idealRates.first(where: { $0.id == id }) else { return nil }
            let plant = context.model.line(rate.line)?.plant
            return days(rate.versions, body.validFrom, in: plant) { $0 == rate.line }
        default:
            return nil
        }
    }
}
