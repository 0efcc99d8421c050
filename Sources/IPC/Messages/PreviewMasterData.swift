package import NIOCore
package import Shared

/// What a change of master data would do, without doing it. Body: that of the change, none for a deletion.
///
/// Refused as the change itself would be, for the same reasons.
package struct PreviewMasterData: WorkerCall {
    package static let kind = CallKind.previewMasterData
    package var mayBeRepeated: Bool { true }

    package enum Change: UInt8, Sendable {
        case creation = 0
        case replacement = 1
        case deletion = 2
    }

    package var resource: MasterDataResource
    package var change: Change
    /// The object that is replaced or deleted; 0 for a new one.
    package var id: Int64

    package init(resource: MasterDataResource, change: Change, id: Int64 = 0) {
        self.resource = resource
        self.change = change
        self.id = id
    }

    package func write(to buffer: inout ByteBuffer) {
        buffer.writeWireString(resource.rawValue)
        buffer.writeInteger(change.rawValue)
        buffer.writeInteger(id)
    }

    package init(from buffer: inout ByteBuffer) throws(WireError) {
        guard let resource = MasterDataResource(rawValue: try buffer.readWireString()) else {
            throw .invalidValue("resource")
        }
        guard let change = Change(rawValue: try buffer.readWireInteger()) else { throw .invalidValue("change") }
        self.init(resource: resource, change: change, id: try buffer.readWireInteger())
    }
}
