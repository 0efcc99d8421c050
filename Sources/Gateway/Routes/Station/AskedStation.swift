import Foundation
import IPC
import Shared

/// The questions that a station's page comes to: of its own lines, of the current shift and the one before.
struct AskedStation {
    /// How far back the shift before is looked for.
    private static let days = 7
    /// How far back the causes that were given last are looked for.
    private static let recentDays = 29
    private static let drawn: UInt16 = 1_000

    private let device: EnrolledDevice
    /// Of the device's lines those that there are, in its order.
    private let status: LineStatusData
    private let today: LocalDate
    private let now: Instant

    init(_ services: Services, _ context: TenantContext, _ device: EnrolledDevice) async throws {
        self.device = device
        now = services.clock()
        let all = try await AskedStops.read(ReadLineStatus(), as: LineStatusData.self, services, context)
        let own = device.lines.compactMap { line in all.lines.first { LineID($0.lineID) == line } }
        status = LineStatusData(lines: own, now: all.now)
        let seconds = Double(now.microseconds) / 1_000_000
        // Where lines stand in several zones it is the latest of their dates.
        let dates = (own.isEmpty ? [nil] : own.map(\.timezone)).map { zone in
            DashboardView(period: .today).dates(secondsSince1970: seconds, zone: zone).start
        }
        today = try LocalDate(parsing: dates.max() ?? "")
    }

    /// The causes there are and those given last on each line, the latest first.
    func causes(_ services: Services, _ context: TenantContext) async throws -> (StopCauses, [Int64: [Int64]]) {
        async let causes = StopCauses(services, context)
        guard let query = query(days: Self.recentDays) else { return try await (causes, [:]) }
        let justified = try await AskedStops.stops(
            ListDowntimes(query: query, justified: true, limit: Self.drawn), services, context)
        return try await (causes, justified.latestIncidents)
    }

    func board(_ services: Services, _ context: TenantContext) async throws -> StationBoard {
        async let people = services.stationPeople.all(at: device)
        async let causes = StopCauses(services, context)
        var stops: [StopsReply.Item] = []
        if let query = query(days: Self.days) {
            async let plan = AskedStops.read(
                ExplainIndicators(query: query), as: StopsPlanReply.self, services, context)
            async let listed = AskedStops.stops(
                ListDowntimes(query: query, micro: false, limit: Self.drawn), services, context)
            let begins = Self.begins(of: try await plan, now: now)
            stops = try await listed.items.filter { stop in
                guard !stop.isJustified || stop.isOngoing else { return false }
                guard let end = stop.end.flatMap(PlantClock.instant), let from = begins[stop.lineId] else {
                    return true
                }
                return end > from
            }
        }
        return try await StationBoard(status: status, stops: stops, causes: causes, people: people, now: now)
    }

    /// Nil where none of the device's lines is there any more.
    private func query(days: Int) -> AnalysisQuery? {
        guard !status.lines.isEmpty else { return nil }
        return AnalysisQuery(
            period: PeriodRequest(from: .date(today + -days), to: .date(today)),
            lines: .some(status.lines.map { LineID($0.lineID) }))
    }

    /// When the shift before the current one began on each line; of a line without shifts, the day before.
    private static func begins(of plan: StopsPlanReply, now: Instant) -> [Int64: Date] {
        let now = Date(timeIntervalSince1970: Double(now.microseconds) / 1_000_000)
        var begins: [Int64: Date] = [:]
        for line in plan.lines {
            let begun = line.shiftInstances.compactMap { PlantClock.instant($0.start) }.filter { $0 <= now }.sorted()
            begins[line.lineId] = begun.suffix(2).first ?? now.addingTimeInterval(-86_400)
        }
        return begins
    }
}
