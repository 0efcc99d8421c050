import Foundation
import Shared

/// The lines of a tenant, by what rows call them.
struct LineDirectory {
    struct Line: Sendable {
        let id: LineID
        let code: String
        let name: String
        /// Of its plant.
        let zone: TimeZoneRules
    }

    private struct Plant: Decodable {
        let plantId: Int64
        let timezone: String
    }

    private struct Listed: Decodable {
        let lineId: Int64
        let plantId: Int64
        let lineCode: String
        let lineName: String
    }

    let lines: [Line]
    private let byCode: [String: Line]
    private let byID: [LineID: Line]

    init(_ api: PublicAPI) async throws {
        let database = TimeZoneDatabase()
        let plants: [Plant] = try await api.list("plants")
        let listed: [Listed] = try await api.list("production-lines")
        lines = try listed.compactMap { line in
            guard let plant = plants.first(where: { $0.plantId == line.plantId }) else { return nil }
            return Line(
                id: LineID(line.lineId), code: line.lineCode, name: line.lineName,
                zone: try database.rules(named: plant.timezone))
        }
        byCode = Dictionary(lines.map { ($0.code, $0) }) { first, _ in first }
        byID = Dictionary(lines.map { ($0.id, $0) }) { first, _ in first }
    }

    func line(code: String) -> Line? { byCode[code] }

    func line(_ id: LineID) -> Line? { byID[id] }

    /// The line that a row names; nil when it names none there is.
    func line(of row: SourceRow) -> Line? {
        if let code = row.line { return byCode[String(decoding: code, as: UTF8.self)] }
        guard let number = row.lineID.flatMap({ Int64(String(decoding: $0, as: UTF8.self)) }) else { return nil }
        return byID[LineID(number)]
    }
}
