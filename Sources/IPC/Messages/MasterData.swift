package import NIOCore
package import Shared

/// One page of a list of master data, in the order of ids.
package struct ListMasterData: WorkerCall {
    package static let kind = CallKind.listMasterData
    package var mayBeRepeated: Bool { true }

    package var resource: MasterDataResource
    /// 1…1 000.
    package var limit: UInt16
    /// The id after which the page starts.
    package var after: Int64

    package init(resource: MasterDataResource, limit: UInt16, after: Int64) {
        self.resource = resource
        self.limit = limit
        self.after = after
    }

    package func write(to buffer: inout ByteBuffer) {
        buffer.writeWireString(resource.rawValue)
        buffer.writeInteger(limit)
        buffer.writeInteger(after)
    }

    package init(from buffer: inout ByteBuffer) throws(WireError) {
        resource = try MasterDataResource(wire: &buffer)
        limit = try buffer.readWireInteger()
        after = try buffer.readWireInteger()
    }
}

/// One object of master data.
package struct ReadMasterData: WorkerCall {
    package static let kind = CallKind.readMasterData
    package var mayBeRepeated: Bool { true }

    package var resource: MasterDataResource
    package var id: Int64

    package init(resource: MasterDataResource, id: Int64) {
        self.resource = resource
        self.id = id
    }

    package func write(to buffer: inout ByteBuffer) {
        buffer.writeWireString(resource.rawValue)
        buffer.writeInteger(id)
    }

    package init(from buffer: inout ByteBuffer) throws(WireError) {
        resource = try MasterDataResource(wire: &buffer)
        id = try buffer.readWireInteger()
    }
}

/// A new object of master data. Body: the JSON of the resource, whose shape the gateway has checked.
package struct CreateMasterData: WorkerCall {
    package static let kind = CallKind.createMasterData
    package var mayBeRepeated: Bool { false }

    package var resource: MasterDataResource

    package init(resource: MasterDataResource) {
        self.resource = resource
    }

    package func write(to buffer: inout ByteBuffer) {
        buffer.writeWireString(resource.rawValue)
    }

    package init(from buffer: inout ByteBuffer) throws(WireError) {
        resource = try MasterDataResource(wire: &buffer)
    }
}

/// An object of master data as it shall be from now on. Body: as that of `CreateMasterData`.
package struct ReplaceMasterData: WorkerCall {
    package static let kind = CallKind.replaceMasterData
    package var mayBeRepeated: Bool { false }

    package var resource: MasterDataResource
    package var id: Int64
    package var precondition: Precondition

    package init(resource: MasterDataResource, id: Int64, precondition: Precondition) {
        self.resource = resource
        self.id = id
        self.precondition = precondition
    }

    package func write(to buffer: inout ByteBuffer) {
        buffer.writeWireString(resource.rawValue)
        buffer.writeInteger(id)
        precondition.write(to: &buffer)
    }

    package init(from buffer: inout ByteBuffer) throws(WireError) {
        resource = try MasterDataResource(wire: &buffer)
        id = try buffer.readWireInteger()
        precondition = try Precondition(from: &buffer)
    }
}

/// An object of master data that shall go: answered without a body, or by the object when it was deactivated instead.
package struct DeleteMasterData: WorkerCall {
    package static let kind = CallKind.deleteMasterData
    package var mayBeRepeated: Bool { false }

    package var resource: MasterDataResource
    package var id: Int64
    package var precondition: Precondition

    package init(resource: MasterDataResource, id: Int64, precondition: Precondition) {
        self.resource = resource
        self.id = id
        self.precondition = precondition
    }

    package func write(to buffer: inout ByteBuffer) {
        buffer.writeWireString(resource.rawValue)
        buffer.writeInteger(id)
        precondition.write(to: &buffer)
    }

    package init(from buffer: inout ByteBuffer) throws(WireError) {
        resource = try MasterDataResource(wire: &buffer)
        id = try buffer.readWireInteger()
        precondition = try Precondition(from: &buffer)
    }
}

/// A body that is wrong in itself, asked about for what else is wrong with it given the plant's data. Always answered by
/// a fault with everything at once; changes nothing.
package struct CheckMasterData: WorkerCall {
    package static let kind = CallKind.checkMasterData
    package var mayBeRepeated: Bool { true }

    package var resource: MasterDataResource

    package init(resource: MasterDataResource) {
        self.resource = resource
    }

    package func write(to buffer: inout ByteBuffer) {
        buffer.writeWireString(resource.rawValue)
    }

    package init(from buffer: inout ByteBuffer) throws(WireError) {
        resource = try MasterDataResource(wire: &buffer)
    }
}

extension MasterDataResource {
    fileprivate init(wire buffer: inout ByteBuffer) throws(WireError) {
        guard let resource = MasterDataResource(rawValue: try buffer.readWireString()) else {
            throw .invalidValue("resource")
        }
        self = resource
    }
}
