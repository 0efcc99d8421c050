import Foundation
import IPC
import Shared

/// When the view of a page is of: the local dates its period means now, or the instants of a shift.
struct AskedPeriod: Sendable {
    /// First and last local date, both included.
    let dates: (start: String, end: String)
    /// Of a view of this shift or the last one.
    let shift: ShiftPeriodReply?
    /// What `dates` cannot say; nil where they are the period.
    let instants: PeriodRequest?

    /// - Throws: what the worker does, but for faults of the filters: those are told when the view is asked for.
    init(
        _ view: DashboardView, _ choices: DashboardChoices, _ services: Services, _ context: TenantContext
    ) async throws {
        let seconds = Double(services.clock().microseconds) / 1_000_000
        let zone = choices.zone(for: view)
        let today = view.dates(secondsSince1970: seconds, zone: zone)
        guard view.period.isOfShift, let shift = try await Self.shift(of: view, services, context) else {
            (dates, shift, instants) = (today, nil, nil)
            return
        }
        self.shift = shift
        guard let (from, to) = shift.instants, let start = try? Instant(iso8601: shift.period.from ?? ""),
            let end = try? Instant(iso8601: shift.period.to ?? "")
        else {
            (dates, instants) = (today, nil)
            return
        }
        dates = (
            DashboardView.localDate(from, zone: zone),
            DashboardView.localDate(to.addingTimeInterval(-1), zone: zone)
        )
        instants = PeriodRequest(from: .instant(start), to: .instant(end))
    }

    /// As questions about figures take it.
    func request() throws -> PeriodRequest {
        if let instants { return instants }
        return PeriodRequest(
            from: .date(try LocalDate(parsing: dates.start)), to: .date(try LocalDate(parsing: dates.end)))
    }

    private static func shift(
        of view: DashboardView, _ services: Services, _ context: TenantContext
    ) async throws -> ShiftPeriodReply? {
        let call = ReadShiftPeriod(
            lines: view.lines, plant: view.plant, shift: view.shift, isLast: view.period == .lastShift)
        do {
            let reply = try await services.call(call, context)
            return try await JSONDecoder().decode(ShiftPeriodReply.self, from: reply.wholeBody())
        } catch let fault as Fault where fault.code == .invalid {
            return nil
        }
    }
}
