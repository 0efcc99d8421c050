import Foundation
import IPC
import Shared

/// The figure that a request of the explain panel names, with the view it is a figure of.
struct AskedExplanation {
    private static let parameters: Set<String> = ["widget_id", "of_line"]

    let dashboard: AskedDashboard
    let widget: WidgetKind
    let figure: ExplainedFigure
    /// The only one of the view's lines that is told of, over the period of all of them; nil: all.
    private let line: LineID?

    /// - Throws: `invalid` with every fault of the address at once; `forbidden` for whoever is no user.
    init(_ services: Services, _ context: TenantContext) async throws {
        var fields = QueryFields(QueryItems(context.request.uri.query ?? "").only(Self.parameters))
        let widget = fields.choice("widget_id", of: WidgetKind.self)
        if widget == nil, !fields.hasFault("widget_id") { fields.fault("widget_id", .required) }
        // A tile without a figure has nothing to be made of.
        if let widget, widget.explainedFigure == nil { fields.fault("widget_id", .notAllowed) }
        line = fields.identifier("of_line")
        let faults = fields.faults
        do {
            dashboard = try await AskedDashboard(services, context, besides: Self.parameters)
        } catch let fault as Fault where fault.code == .invalid {
            throw Fault.invalid(fault.parameters + faults)
        }
        guard faults.isEmpty, let widget, let figure = widget.explainedFigure else { throw Fault.invalid(faults) }
        self.widget = widget
        self.figure = figure
    }

    /// What the figure is made of: of one line all of it, of several what each adds.
    ///
    /// - Throws: `invalid` with every fault at once, by the names of the address.
    func explanation(_ services: Services, _ context: TenantContext) async throws -> Explanation {
        if !dashboard.choices.misfits(of: dashboard.view).isEmpty {
            try await dashboard.validate(services, context)
        }
        var query = try dashboard.analysis
        if let line {
            guard dashboard.choices.lines(of: dashboard.view).contains(line) else {
                throw Fault.invalid([ParameterFault(parameter: "of_line", code: .unknownLine)])
            }
            query.lines = .some([line])
        }
        let isWhole = query.lines.single != nil
        async let causes = StopCauses(services, context)
        let reply: ExplanationReply
        do {
            reply = try await ExplanationReply.read(
                services.call(
                    ExplainIndicators(query: query, isWhole: isWhole), context, body: dashboard.view.units.body
                ).wholeBody())
        } catch let fault as Fault where fault.code == .invalid {
            // The names of the faults are those of the address, but for the period's and what is in lists.
            var fault = dashboard.view.renamed(fault)
            for (index, parameter) in fault.parameters.enumerated() where parameter.parameter == "from" {
                fault.parameters[index].parameter = "to"
            }
            throw fault
        }
        return try await Explanation(
            widget: widget, figure: figure, reply: reply, causes: causes, units: dashboard.view.units,
            readsDetections: Set<Role>.managersAndAbove.contains(dashboard.role))
    }
}
