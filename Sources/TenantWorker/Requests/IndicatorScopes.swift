import IPC
import Shared

/// The lines and the period asked for, and the period compared with.
struct IndicatorScopes {
    let asked: AnalysisScope
    let compared: AnalysisScope?

    /// - Throws: `invalid` with the faults of both periods at once, one for each parameter.
    init(_ call: ReadIndicators, _ principal: Principal, _ model: PlantModel, now: Instant) throws {
        let limit = call.grouping.interval?.limit ?? .longest
        var faults: [ParameterFault] = []
        func scope(_ query: AnalysisQuery, _ names: AnalysisScope.ParameterNames) throws -> AnalysisScope? {
            do {
                return try AnalysisScope(
                    query, principal: principal, model: model, now: now, limit: limit, names: names)
            } catch let fault as Fault where fault.code == .invalid {
                for fault in fault.parameters where !faults.contains(where: { $0.parameter == fault.parameter }) {
                    faults.append(fault)
                }
                return nil
            }
        }
        let asked = try scope(call.query, .query)
        var other = call.query
        if let comparison = call.comparison { other.period = comparison }
        let compared = call.comparison == nil ? nil : try scope(other, .comparison)
        guard faults.isEmpty, let asked else { throw Fault.invalid(faults) }
        self.asked = asked
        self.compared = compared
    }
}
