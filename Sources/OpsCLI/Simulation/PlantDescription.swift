import Foundation
import Shared

/// The lines of a tenant with what the simulation needs of them, as the public API describes them.
struct PlantDescription: Decodable {
    struct Plant: Decodable {
        let plantId: Int64
        let timezone: String
    }

    struct Line: Decodable {
        let lineId: Int64
        let plantId: Int64
        let lineCode: String
        let ratePerMinute: Double?
        let commissionedAt: String?
        let decommissionedAt: String?
        let isActive: Bool
    }

    struct Area: Decodable {
        let areaId: Int64
        let lineId: Int64
        let areaType: String
        let areaOrder: Int64
        let isActive: Bool
    }

    struct Product: Decodable {
        let productId: Int64
        let isActive: Bool
    }

    struct IdealRate: Decodable {
        let lineId: Int64
        let productId: Int64
        let ratePerMinute: Double
    }

    struct Shift: Decodable {
        struct Break: Decodable {
            let startTime: String
            let endTime: String
        }

        let plantId: Int64?
        let lineIds: [Int64]?
        let days: [Int]
        let startTime: String
        let endTime: String
        let breaks: [Break]
        let isActive: Bool
    }

    struct CalendarException: Decodable {
        let plantId: Int64
        let lineId: Int64?
        let kind: String
        let start: String
        let end: String
    }

    let plants: [Plant]
    let lines: [Line]
    let areas: [Area]
    let products: [Product]
    let idealRates: [IdealRate]
    let shifts: [Shift]
    let exceptions: [CalendarException]

    /// Asks for all of it.
    init(_ api: PublicAPI) async throws {
        plants = try await api.list("plants")
        lines = try await api.list("production-lines")
        areas = try await api.list("areas")
        products = try await api.list("products")
        idealRates = try await api.list("ideal-rates")
        shifts = try await api.list("shifts")
        exceptions = try await api.list("calendar-exceptions")
    }

    /// Units per minute of a line or product that names no rate.
    private static let usualRate = 12.0

    /// The lines that can be simulated, by number; one without an output area or products is left out.
    ///
    /// Each line makes at most four of the products, not the same as its neighbour.
    func simulatedLines(of tenant: String) throws -> [SimulatedLine] {
        let zones = TimeZoneDatabase()
        let products = products.filter(\.isActive).map(\.productId).sorted()
        return try lines.filter(\.isActive).sorted { $0.lineId < $1.lineId }.enumerated().compactMap { index, line in
            guard let plant = plants.first(where: { $0.plantId == line.plantId }), !products.isEmpty else { return nil }
            let areas = areas.filter { $0.lineId == line.lineId && $0.isActive }.sorted { $0.areaOrder < $1.areaOrder }
            guard let output = areas.last(where: { $0.areaType == "output" }) else { return nil }
            let rates = idealRates.filter { $0.lineId == line.lineId && $0.ratePerMinute > 0 }
            let own = rates.map(\.productId).filter(products.contains).sorted()
            let rotated = products.indices.map { products[($0 + index) % products.count] }
            let made = own.isEmpty ? Array(rotated.prefix(4)) : own
            return SimulatedLine(
                tenant: tenant, id: line.lineId, code: line.lineCode,
                calendar: try calendar(of: line, zone: try zones.rules(named: plant.timezone)),
                products: made.map { product in
                    let rate = rates.first { $0.productId == product }?.ratePerMinute ?? line.ratePerMinute ?? 0
                    return SimulatedLine.Product(id: product, rate: rate > 0 ? rate : Self.usualRate)
                },
                input: areas.first { $0.areaType == "input" }?.areaId,
                process: areas.filter { $0.areaType == "process" }.map(\.areaId), output: output.areaId,
                commissioned: Interval(
                    start: try line.commissionedAt.map { try Instant(iso8601: $0) } ?? Instant(seconds: 0),
                    end: try line.decommissionedAt.map { try Instant(iso8601: $0) } ?? .last))
        }
    }

    private func calendar(of line: Line, zone: TimeZoneRules) throws -> WorkCalendar {
        let shifts = shifts.filter { shift in
            let isHere = shift.plantId.map { $0 == line.plantId } ?? true
            return isHere && shift.lineIds?.contains(line.lineId) ?? true
        }
        let exceptions = exceptions.filter {
            $0.plantId == line.plantId && ($0.lineId.map { $0 == line.lineId } ?? true)
        }
        func intervals(_ kind: String) throws -> [Interval] {
            try exceptions.filter { $0.kind == kind }.map {
                Interval(start: try Instant(iso8601: $0.start), end: try Instant(iso8601: $0.end))
            }
        }
        return WorkCalendar(
            shifts: try shifts.map { shift in
                WorkCalendar.Shift(
                    days: shift.isActive ? Set(shift.days) : [], start: try LocalTime(parsing: shift.startTime),
                    end: try LocalTime(parsing: shift.endTime),
                    breaks: try shift.breaks.map {
                        (try LocalTime(parsing: $0.startTime), try LocalTime(parsing: $0.endTime))
                    })
            },
            closed: try intervals("closed"), extra: try intervals("extra"), zone: zone)
    }
}
