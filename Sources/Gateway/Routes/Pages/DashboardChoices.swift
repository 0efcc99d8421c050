import Foundation
import IPC
import Shared

/// What the filters of the dashboard offer, as the worker's lists give it.
struct DashboardChoices {
    struct Plant: Decodable {
        var plantId: Int64
        var plantName: String
        var timezone: String
    }

    struct Line: Decodable {
        var lineId: Int64
        var plantId: Int64
        var lineCode: String
        var lineName: String
    }

    struct LineGroup: Decodable {
        var lineGroupId: Int64
        var groupName: String
        var lineIds: [Int64]
    }

    struct Shift: Decodable {
        var shiftId: Int64
        /// Nil: of every plant.
        var plantId: Int64?
        var shiftName: String
    }

    private struct Page<Item: Decodable>: Decodable {
        var items: [Item]
        var nextCursor: String?
    }

    let plants: [Plant]
    let lines: [Line]
    /// Those with lines.
    let lineGroups: [LineGroup]
    let shifts: [Shift]

    init(_ services: Services, _ context: TenantContext) async throws {
        plants = try await Self.list(.plants, services, context)
        lines = try await Self.list(.productionLines, services, context)
        lineGroups = try await Self.list(.lineGroups, services, context).filter { (group: LineGroup) in
            !group.lineIds.isEmpty
        }
        shifts = try await Self.list(.shifts, services, context)
    }

    /// Every object, page by page: a filter that lacked some would change the view.
    private static func list<Item: Decodable>(
        _ resource: MasterDataResource,
        _ services: Services,
        _ context: TenantContext
    ) async throws -> [Item] {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        var items: [Item] = []
        var after: Int64? = 0
        while let last = after {
            let reply = try await services.call(
                ListMasterData(resource: resource, limit: 1_000, after: last), context)
            let page = try await decoder.decode(Page<Item>.self, from: reply.wholeBody())
            items += page.items
            after = page.nextCursor.flatMap { Int64($0) }
        }
        return items
    }

    /// The plants that a group's lines stand in.
    func plants(of group: LineGroup) -> Set<PlantID> {
        Set(lines.lazy.filter { group.lineIds.contains($0.lineId) }.map { PlantID($0.plantId) })
    }

    /// The plants of what is chosen; nil where that says nothing of plants, or is not among the choices.
    private func plants(of selection: LineSelection) -> Set<PlantID>? {
        switch selection {
        case .all: nil
        case .some(let ids): lines.first { ids.contains(LineID($0.lineId)) }.map { [PlantID($0.plantId)] }
        case .group(let id): lineGroups.first { LineGroupID($0.lineGroupId) == id }.map(plants(of:))
        }
    }

    /// The zone whose today is meant: the chosen lines' plant's, the chosen plant's, or that of all plants.
    func zone(for view: DashboardView) -> String? {
        let chosen = plants(of: view.lines) ?? view.plant.map { [$0] }
        let plant = plants.first { chosen?.contains(PlantID($0.plantId)) ?? true }
        return plant?.timezone
    }

    /// What is chosen beside a plant it is not of. The page offers no such choice, and would drop it.
    func misfits(of view: DashboardView) -> [ParameterFault] {
        guard let plant = view.plant else { return [] }
        var faults: [ParameterFault] = []
        if let plants = plants(of: view.lines), !plants.contains(plant) {
            faults.append(ParameterFault(parameter: "line_id", code: .unknownLine))
        }
        let shift = shifts.first { ShiftID($0.shiftId) == view.shift }
        if let other = shift?.plantId, PlantID(other) != plant {
            faults.append(ParameterFault(parameter: "shift_id", code: .unknownID))
        }
        return faults
    }
}
