package import NIOCore

/// A worker's first frame: proof that it is the process the gateway started for this tenant, and the versions it speaks.
package struct Hello: Equatable, Sendable {
    /// What every version begins with, so that a stranger is told from an old worker.
    package static let magic: UInt32 = 0x4341_4D54

    package var oldestVersion: UInt16
    package var newestVersion: UInt16
    /// The secret bytes the gateway handed over at the start.
    package var nonce: [UInt8]
    /// Rises with every worker the tenant has had, also from one gateway to the next.
    package var generation: UInt64
    package var processID: Int32

    package init(
        oldestVersion: UInt16,
        newestVersion: UInt16,
        nonce: [UInt8],
        generation: UInt64,
        processID: Int32
    ) {
        self.oldestVersion = oldestVersion
        self.newestVersion = newestVersion
        self.nonce = nonce
        self.generation = generation
        self.processID = processID
    }
}

extension Hello: WireValue {
    package func write(to buffer: inout ByteBuffer) {
        buffer.writeMultipleIntegers(Self.magic, oldestVersion, newestVersion, generation, processID)
        buffer.writeInteger(UInt16(nonce.count))
        buffer.writeBytes(nonce)
    }

    package init(from buffer: inout ByteBuffer) throws(WireError) {
        guard try buffer.readWireInteger(as: UInt32.self) == Self.magic else { throw .invalidValue("magic") }
        oldestVersion = try buffer.readWireInteger()
        newestVersion = try buffer.readWireInteger()
        generation = try buffer.readWireInteger()
        processID = try buffer.readWireInteger()
        let length = Int(try buffer.readWireInteger(as: UInt16.self))
        guard let bytes = buffer.readBytes(length: length) else { throw .truncated }
        nonce = bytes
        guard oldestVersion <= newestVersion else { throw .invalidValue("versions") }
    }
}

/// The versions of the protocol this build speaks: frames, and what calls and answers are made of.
///
/// Whoever changes what an older worker or gateway would misread raises `newest`, and goes on speaking the version before it for one
/// release: a gateway that runs while the files are replaced starts workers of the new build.
package enum ProtocolVersion {
    package static let oldest: UInt16 = 1
    package static let newest: UInt16 = 1

    /// The newest version both speak, or nil when there is none.
    package static func common(oldest: UInt16, newest: UInt16) -> UInt16? {
        let version = min(newest, Self.newest)
        return version >= max(oldest, Self.oldest) ? version : nil
    }
}
