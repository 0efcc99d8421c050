import Foundation
import HTTPTypes
import IPC
import Shared

/// GET /dashboard/detections: single detections of a line, a page at a time, as a fragment of HTML.
struct ShowExplainedDetections: Sendable {
    /// How many a page holds.
    private static let rows: UInt16 = 50

    private struct Query: QueryParameters {
        let line: LineID
        let period: PeriodRequest
        let units: ChosenUnits
        let cursor: NewestFirstCursor?

        init(_ fields: inout QueryFields) {
            line = fields.requiredIdentifier("line_id", standIn: LineID(1))
            period = fields.period("from", "to")
            units = ChosenUnits(
                areas: fields.identifiers("area_ids"), products: fields.identifiers("product_ids"))
            cursor = fields.newestFirstCursor()
        }
    }

    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/dashboard/detections", "Single detections of a line", .unlisted("A part of a page."),
            record: .query,
            .page(roles: .managersAndAbove) { context in try await show(context) })
    }

    private func show(_ context: TenantContext) async throws -> Response {
        let query = try Query(of: context.request)
        let reply: ExplainedDetectionsReply
        do {
            reply = try await JSONDecoder().decode(
                ExplainedDetectionsReply.self,
                from: services.call(
                    ReadDetections(
                        line: query.line, period: query.period, limit: Self.rows, cursor: query.cursor,
                        isDescribed: true),
                    context, body: query.units.body
                ).wholeBody())
        } catch var fault as Fault {
            for index in fault.parameters.indices {
                fault.parameters[index].parameter = DashboardView.item(ofList: fault.parameters[index].parameter)
            }
            throw fault
        }
        let choices = try await DashboardChoices(services, context)
        let plant = choices.lines.first { $0.lineId == query.line.rawValue }?.plantId
        let zone = choices.plants.first { $0.plantId == plant }?.timezone
        let detections = ExplainedDetections(
            reply: reply, line: query.line.rawValue, period: query.period, units: query.units, zone: zone)
        let site = context.open.site(services, user: context.principal.language)
        return .page(services.pages.explainedDetections(detections, site: site))
    }
}
