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
    static func list<Item: Decodable>(
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

    /// The lines that a view is of.
    func lines(of view: DashboardView) -> Set<LineID> {
        let chosen = lines.lazy.filter { line in
            guard view.plant.map({ $0 == PlantID(line.plantId) }) ?? true else { return false }
            return switch view.lines {
            case .all: true
            case .some(let ids): ids.contains(LineID(line.lineId))
            case .group(let id):
                lineGroups.contains { LineGroupID($0.lineGroupId) == id && $0.lineIds.contains(line.lineId) }
            }
        }
        return Set(chosen.map { LineID($0.lineId) })
    }

    /// The lines that the chosen shift is not of, as they stand in another plant than the shift's.
    func linesOutsideShift(of view: DashboardView) -> Set<LineID> {
        guard let plant = shifts.first(where: { ShiftID($0.shiftId) == view.shift })?.plantId else { return [] }
        return Set(lines.lazy.filter { $0.plantId != plant }.map { LineID($0.lineId) })
    }

    /// The zone whose today is meant: the chosen lines' plant's, the chosen plant's, or that of all plants.
    func zone(for view: DashboardView) -> String? {
        let chosen = plants(of: view.lines) ?? view.plant.map { [$0] }
        let plant = plants.first { chosen?.contains(PlantID($0.plantId)) ?? true }
        return plant?.timezone
    }

    /// What is chosen beside a plant it is not of, or a shift beside lines of other plants. The page offers no such choice, and
    /// would drop it.
    func misfits(of view: DashboardView) -> [ParameterFault] {
        var faults: [ParameterFault] = []
        let ofLines = plants(of: view.lines)
        if let plant = view.plant, let ofLines, !ofLines.contains(plant) {
            faults.append(ParameterFault(parameter: "line_id", code: .unknownLine))
        }
        let shift = shifts.first { ShiftID($0.shiftId) == view.shift }
        if let other = shift?.plantId.map({ PlantID($0) }),
            [view.plant.map { [$0] }, ofLines].contains(where: { $0.map { !$0.contains(other) } ?? false })
        {
            faults.append(ParameterFault(parameter: "shift_id", code: .unknownID))
        }
        return faults
    }
}

/// What the filters offer that only the dashboard has: areas of the lines, and products.
struct UnitChoices {
    struct Area: Decodable {
        var areaId: Int64
        var lineId: Int64
        var areaName: String
        /// Along its line.
        var areaOrder: Int64
        var isActive: Bool
    }

    struct Product: Decodable {
        var productId: Int64
        var productCode: String
        var productName: String
        var color: String?
        var isActive: Bool
    }

    let areas: [Area]
    let products: [Product]

    init(_ services: Services, _ context: TenantContext) async throws {
        async let areas: [Area] = DashboardChoices.list(.areas, services, context)
        products = try await DashboardChoices.list(.products, services, context)
        self.areas = try await areas.sorted {
            ($0.lineId, $0.areaOrder, $0.areaId) < ($1.lineId, $1.areaOrder, $1.areaId)
        }
    }
}
