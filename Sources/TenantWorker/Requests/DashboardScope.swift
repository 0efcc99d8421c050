import ManufacturingKPI
import Shared

/// The scope of a dashboard's filters, with the rules of areas and products that need the plant's data.
struct DashboardScope {
    let scope: AnalysisScope

    /// - Throws: `invalid` with every fault at once, one for each parameter.
    init(
        _ filters: DashboardFilters,
        _ analysis: AnalysisQuery,
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
        let isLineKnown = !faults.contains { $0.parameter == FilterKind.productionLine.parameter }
        for (index, area) in (filters.areas ?? []).enumerated()
        where isLineKnown && model.area(area)?.line != analysis.lines.single {
            faults.append(
                ParameterFault(parameter: "\(FilterKind.area.parameter)[\(index)]", code: .unknownID))
        }
        for (index, product) in (filters.products ?? []).enumerated() where model.product(product) == nil {
            faults.append(
                ParameterFault(parameter: "\(FilterKind.product.parameter)[\(index)]", code: .unknownID))
        }
        guard faults.isEmpty, let found else { throw Fault.invalid(faults) }
        scope = found
    }
}
