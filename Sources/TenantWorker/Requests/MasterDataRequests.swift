import IPC
import ManufacturingKPI
import NIOCore
import PostgresClient
import Shared

/// GET and POST of master data.
extension WorkerRequests {
    func listMasterData(_ call: ListMasterData, _ request: IncomingRequest, _ model: PlantModel) throws -> Answer {
        let encoder = MasterDataJSON(now: clock())
        var json = JSONWriter(reservingCapacity: 2_048)
        var cursor: Int64?
        json.object { json in
            json.key("items")
            json.array { json in
                var written = 0
                model.forEach(call.resource, visibleTo: request.head.principal) { id, write in
                    guard id > call.after else { return true }
                    if written == Int(call.limit) {
                        return false
                    }
                    write(encoder, &json)
                    written += 1
                    cursor = id
                    return true
                } whenCut: {
                    cursor = $0 ? cursor : nil
                }
            }
            json.field("next_cursor", cursor.map { String($0) })
        }
        return .json(json)
    }

    func readMasterData(_ call: ReadMasterData, _ request: IncomingRequest, _ model: PlantModel) throws -> Answer {
        guard let bytes = object(call.resource, call.id, request.head.principal, model) else {
            throw Fault(code: .notFound)
        }
        return .whole(ReplyHead(entityTag: EntityTag.of(bytes)), ByteBuffer(bytes: bytes))
    }

    func createMasterData(_ call: CreateMasterData, _ request: IncomingRequest) async throws -> Answer {
        let model = try await models.model(deadline: request.deadline)
        let creation = MasterDataCreation(
            model: model,
            principal: request.head.principal,
            tenantZone: tenantZone,
            zones: TimeZoneDatabase(),
            pool: pool,
            deadline: request.deadline
        )
        defer {
            models.invalidate()
            timelines.invalidateAll()
        }
        let id = try await creation.create(call.resource, Array(buffer: request.body))
        models.invalidate()
        let fresh = try await models.model(deadline: request.deadline)
        guard let bytes = object(call.resource, id, request.head.principal, fresh) else {
            throw Fault(code: .internal)
        }
        let head = ReplyHead(
            status: 201,
            entityTag: EntityTag.of(bytes),
            location: "\(call.resource.rawValue)/\(id)"
        )
        return .whole(head, ByteBuffer(bytes: bytes))
    }

    private func object(
        _ resource: MasterDataResource,
        _ id: Int64,
        _ principal: Principal,
        _ model: PlantModel
    ) -> [UInt8]? {
        let encoder = MasterDataJSON(now: clock())
        var bytes: [UInt8]?
        model.forEach(resource, visibleTo: principal) { candidate, write in
            guard candidate == id else { return true }
            var json = JSONWriter()
            write(encoder, &json)
            bytes = json.bytes
            return false
        } whenCut: { _ in
        }
        return bytes
    }
}

/// The strong validator of an object: a hash of its bytes.
enum EntityTag {
    /// FNV-1a of 64 bits, in hexadecimal.
    static func of(_ bytes: [UInt8]) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes {
            hash ^= UInt64(byte)
            hash &*= 0x0000_0100_0000_01B3
        }
        return String(hash, radix: 16)
    }
}

extension PlantModel {
    /// Walks the objects of a resource that a principal may see, by id, until `body` says that it wants no more;
    /// `whenCut` is told whether there were more.
    func forEach(
        _ resource: MasterDataResource,
        visibleTo principal: Principal,
        _ body: (_ id: Int64, _ write: (MasterDataJSON, inout JSONWriter) -> Void) -> Bool,
        whenCut: (Bool) -> Void
    ) {
        let lineIDs = principal.plants == nil ? nil : Set(lines(visibleTo: principal).map(\.id))
        func isVisible(_ line: LineID) -> Bool { lineIDs.map { $0.contains(line) } ?? true }
        func walk<Item>(
            _ items: [Item],
            _ id: (Item) -> Int64,
            _ write: @escaping (MasterDataJSON, Item, inout JSONWriter) -> Void
        ) {
            for item in items {
                guard body(id(item), { encoder, json in write(encoder, item, &json) }) else { return whenCut(true) }
            }
            whenCut(false)
        }
        switch resource {
        case .plants:
            let visible = plants.filter { plant in principal.plants.map { $0.contains(plant.id) } ?? true }
            walk(visible, \.id.rawValue) { $0.write($1, to: &$2) }
        case .productionLines:
            walk(lines.filter { isVisible($0.id) }, \.id.rawValue) { $0.write($1, to: &$2) }
        case .areas:
            walk(areas.filter { isVisible($0.line) }, \.id.rawValue) { $0.write($1, to: &$2) }
        case .products:
            walk(products, \.id.rawValue) { $0.write($1, to: &$2) }
        case .idealRates:
            walk(idealRates.filter { isVisible($0.line) }, \.id) { $0.write($1, to: &$2) }
        case .shifts:
            walk(shifts, \.id.rawValue) { $0.write($1, to: &$2) }
        case .calendarExceptions:
            let visible = exceptions.filter { exception in
                principal.plants.map { $0.contains(exception.calendar.plant) } ?? true
            }
            walk(visible, \.id) { $0.write($1, to: &$2) }
        case .failures:
            walk(failures, \.id.rawValue) { $0.write($1, to: &$2) }
        case .incidents:
            walk(incidents, \.id.rawValue) { $0.write($1, to: &$2) }
        }
    }
}
