import IPC
import ManufacturingKPI
import NIOCore
import Shared

/// The scope of a dashboard's filters, with the rules of areas and products that need the plant's data.
struct DashboardScope {
    let scope: AnalysisScope
    /// Of the period compared with, where one is chosen.
    let compared: AnalysisScope?

    /// - Throws: `invalid` with every fault at once, one for each parameter.
    init(
        _ filters: DashboardFilters,
        _ analysis: AnalysisQuery,
        comparedWith comparison: PeriodRequest? = nil,
        _ principal: Principal,
        _ model: PlantModel,
        now: Instant
    ) throws {
        var faults: [ParameterFault] = []
        var found: AnalysisScope?
        do {
            found = try AnalysisScope(
                analysis,
                principal: principal,
                model: model,
                now: now,
                limit: filters.interval.limit,
                names: .dashboard
            )
        } catch let fault as Fault where fault.code == .invalid {
            faults = fault.parameters
        }
        var other: AnalysisScope?
        if let comparison {
            var query = analysis
            query.period = comparison
            do {
                other = try AnalysisScope(
                    query, principal: principal, model: model, now: now, limit: filters.interval.limit,
                    names: .comparison)
            } catch let fault as Fault where fault.code == .invalid {
                faults += fault.parameters.filter { one in !faults.contains { $0.parameter == one.parameter } }
            }
        }
        let isLineKnown = !faults.contains { $0.parameter == FilterKind.productionLine.parameter }
        faults += Self.faults(
            areas: isLineKnown ? filters.areas : nil, products: filters.products, of: analysis.lines, model)
        guard faults.isEmpty, let found else { throw Fault.invalid(faults) }
        scope = found
        compared = other
    }

    /// Areas that are not the chosen line's, and products that there are not.
    static func faults(
        areas: [AreaID]?, products: [ProductID]?, of lines: LineSelection, _ model: PlantModel
    ) -> [ParameterFault] {
        func unknown(_ filter: FilterKind, _ index: Int) -> ParameterFault {
            ParameterFault(parameter: "\(filter.parameter)[\(index)]", code: .unknownID)
        }
        var faults: [ParameterFault] = []
        for (index, area) in (areas ?? []).enumerated() where model.area(area)?.line != lines.single {
            faults.append(unknown(.area, index))
        }
        for (index, product) in (products ?? []).enumerated() where model.product(product) == nil {
            faults.append(unknown(.product, index))
        }
        return faults
    }
}

extension UnitSelection {
    /// The areas and products that a body names, as that of POST /dashboard/data does; nil where it names none.
    ///
    /// - Throws: `invalid` with every fault at once, by the names of the fields.
    init?(_ request: IncomingRequest, of lines: LineSelection, _ model: PlantModel) throws {
        guard request.body.readableBytes > 0 else { return nil }
        var fields = try JSONFields(body: Array(buffer: request.body))
        let areas = AreaFilter.read(&fields, of: lines)
        let products = ProductFilter.read(&fields)
        try fields.finish()
        let faults = DashboardScope.faults(areas: areas, products: products, of: lines, model)
        guard faults.isEmpty else { throw Fault.invalid(faults) }
        guard areas != nil || products != nil else { return nil }
        self.init(areas: areas.map(Set.init), products: products.map(Set.init))
    }
}
