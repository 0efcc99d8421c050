import Foundation
import HTTPTypes
import IPC
import Identity
import NIOCore
import Shared

extension WallScreen {
    /// The worker's answer to a question about the lines of a screen.
    ///
    /// - Throws: `invalid` by the names the address has.
    func ask<Call: WorkerCall, Reply: Decodable & Sendable>(
        _ call: Call, as type: Reply.Type, _ services: Services, _ context: TenantContext
    ) async throws -> Reply {
        let reply: WorkerReply
        do {
            reply = try await services.call(call, context)
        } catch {
            throw renamed(error)
        }
        return try await JSONDecoder().decode(type, from: reply.wholeBody())
    }

    /// What whoever is signed in may choose among for such a screen.
    func choices(_ all: DashboardChoices) -> WallChoices {
        WallChoices(
            plants: all.plants.map { WallChoices.Plant(id: PlantID($0.plantId), name: $0.plantName) },
            lines: all.lines.filter { line in plant.map { $0 == PlantID(line.plantId) } ?? true }.map {
                WallChoices.Line(id: LineID($0.lineId), code: $0.lineCode, name: $0.lineName)
            }
        )
    }
}

extension AndonView {
    /// The lines of the wall as they are now.
    func lines(_ services: Services, _ context: TenantContext) async throws -> LineShiftsReply {
        try await screen.ask(
            ReadLineShifts(lines: screen.lines, plant: screen.plant), as: LineShiftsReply.self, services, context)
    }
}

extension ShiftBoardView {
    /// The boards of the shift.
    func boards(_ services: Services, _ context: TenantContext) async throws -> HourBoardsReply {
        try await screen.ask(
            ReadHourBoards(
                lines: screen.lines, plant: screen.plant, date: date, shift: shift, isByLine: isByLine),
            as: HourBoardsReply.self, services, context)
    }
}

extension Response {
    /// An answer that a screen asks for again and again, with a tag of what is in it.
    static func refreshed(_ bytes: [UInt8], type: String, for request: Request) -> Response {
        object(
            ByteBuffer(bytes: bytes), tag: String(ContentDigest.sha256Text(bytes).prefix(16)), for: request, type: type)
    }
}
