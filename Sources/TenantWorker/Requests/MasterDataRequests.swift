import IPC
import NIOCore
import Shared

/// GET, POST, PUT and DELETE of master data.
extension WorkerRequests {
    func listMasterData(_ call: ListMasterData, _ request: IncomingRequest, _ model: PlantModel) throws -> Answer {
        // What has versions shows the one that holds now, and so cannot be kept.
        if !call.resource.isDated {
            let key = PlantModelStore.AnswerKey(
                resource: call.resource, limit: call.limit, after: call.after, plants: request.head.principal.plants)
            if let bytes = models.answer(key, { list(call, request, $0) }) { return .whole(ReplyHead(), bytes) }
        }
        return .whole(ReplyHead(), list(call, request, model))
    }

    private func list(_ call: ListMasterData, _ request: IncomingRequest, _ model: PlantModel) -> ByteBuffer {
        let encoder = MasterDataJSON(now: clock())
        let view = model.visible(to: request.head.principal)
        var json = JSONWriter(reservingCapacity: 2_048)
        json.object { json in
            var last: Int64?
            var isWhole = true
            json.key("items")
            json.array { json in
                var written = 0
                isWhole = view.forEach(call.resource) { id, write in
                    guard id > call.after else { return true }
                    guard written < Int(call.limit) else { return false }
                    write(encoder, &json)
                    written += 1
                    last = id
                    return true
                }
            }
            json.field("next_cursor", isWhole ? nil : last.map { String($0) })
        }
        return ByteBuffer(bytes: json.bytes)
    }

    func readMasterData(_ call: ReadMasterData, _ request: IncomingRequest, _ model: PlantModel) throws -> Answer {
        let view = model.visible(to: request.head.principal)
        guard let object = view.object(call.resource, call.id, MasterDataJSON(now: clock())) else {
            throw Fault(code: .notFound)
        }
        return .object(object)
    }

    func createMasterData(_ call: CreateMasterData, _ request: IncomingRequest) async throws -> Answer {
        let (id, object) = try await changing {
            try await change(request).create(call.resource, Array(buffer: request.body))
        }
        return .object(object, status: 201, location: "\(call.resource.rawValue)/\(id)")
    }

    func replaceMasterData(_ call: ReplaceMasterData, _ request: IncomingRequest) async throws -> Answer {
        .object(
            try await changing {
                try await change(request).replace(
                    call.resource, call.id, call.precondition, Array(buffer: request.body))
            })
    }

    func deleteMasterData(_ call: DeleteMasterData, _ request: IncomingRequest) async throws -> Answer {
        let object = try await changing {
            try await change(request).delete(call.resource, call.id, call.precondition)
        }
        guard let object else {
            return .whole(ReplyHead(status: 204, content: .none), ByteBuffer())
        }
        return .object(object)
    }

    func checkMasterData(_ call: CheckMasterData, _ request: IncomingRequest) async throws -> Answer {
        try await change(request).check(call.resource, Array(buffer: request.body))
        return .whole(ReplyHead(status: 204, content: .none), ByteBuffer())
    }

    func previewMasterData(_ call: PreviewMasterData, _ request: IncomingRequest) async throws -> Answer {
        try await .json(MasterDataPreview(change: change(request)).preview(call, Array(buffer: request.body)))
    }

    func change(_ request: IncomingRequest) -> MasterDataChange {
        MasterDataChange(
            models: models,
            pool: pool,
            principal: request.head.principal,
            tenantZone: tenantZone,
            zones: TimeZoneDatabase(),
            now: clock(),
            deadline: request.deadline
        )
    }

    /// Runs a change of what is at hand of the plants. Before it is answered that is forgotten, so that who asks next sees
    /// the change, and those who follow events are told. Also after a failed one, whose outcome may be unknown; of a
    /// refusal nobody is told.
    func changing<Result>(_ body: () async throws -> Result) async throws -> Result {
        let result: Result
        do {
            result = try await body()
        } catch let fault as Fault {
            forgetMasterData()
            throw fault
        } catch {
            noteChangedMasterData()
            throw error
        }
        noteChangedMasterData()
        return result
    }

    /// The plants may be described otherwise now: whatever was made from them is made anew, and who follows is told.
    func noteChangedMasterData() {
        forgetMasterData()
        events.publish(.masterDataChanged)
    }

    private func forgetMasterData() {
        models.invalidate()
        timelines.invalidateAll()
        watches.invalidateAll()
    }
}

extension Answer {
    /// One object with its validator.
    static func object(_ bytes: [UInt8], status: UInt16 = 200, location: String? = nil) -> Answer {
        let head = ReplyHead(status: status, entityTag: EntityTag.of(bytes), location: location)
        return .whole(head, ByteBuffer(bytes: bytes))
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
