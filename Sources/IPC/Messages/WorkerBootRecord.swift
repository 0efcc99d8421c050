package import NIOCore
package import Shared

/// What a worker is told, once, through the pipe it inherits or as a credential of systemd: who it is and what it may use.
///
/// It is the only place where the tenant's credential travels; nothing of it is in arguments or environment.
package struct WorkerBootRecord: Equatable, Sendable {
    package var tenant: TenantID
    package var slug: String
    /// IANA name of the zone of the tenant, used where a plant has none to say.
    package var timeZone: String
    /// libpq connection string of the tenant's database with its role and password.
    package var database: String
    /// Secret bytes the worker repeats in its first frame.
    package var nonce: [UInt8]
    /// Rises with every worker the tenant has had, also from one gateway to the next.
    package var generation: UInt64
    /// The user id that may connect to the worker's socket.
    package var gatewayUserID: UInt32
    package var limits: WorkerLimits
    /// The gateway's process, where the worker has no pipe whose end would be the end of its gateway.
    package var gatewayProcessID: Int32?

    package init(
        tenant: TenantID,
        slug: String,
        timeZone: String,
        database: String,
        nonce: [UInt8],
        generation: UInt64,
        gatewayUserID: UInt32,
        limits: WorkerLimits,
        gatewayProcessID: Int32? = nil
    ) {
        self.tenant = tenant
        self.slug = slug
        self.timeZone = timeZone
        self.database = database
        self.nonce = nonce
        self.generation = generation
        self.gatewayUserID = gatewayUserID
        self.limits = limits
        self.gatewayProcessID = gatewayProcessID
    }
}

/// Bounds a worker keeps to.
package struct WorkerLimits: Equatable, Sendable {
    /// Connections to the tenant's database, at most.
    package var databaseConnections: UInt16
    /// Requests worked on at the same time beside the streams; further ones are refused as overloaded.
    package var concurrentRequests: UInt16
    /// Streams of events open at the same time; the gateway asks for no more.
    package var openStreams: UInt16
    /// Detections taken in a minute, at most.
    package var ingestRowsPerMinute: UInt32
    /// Unused for so long, a connection is closed.
    package var databaseIdleSeconds: UInt32
    /// From this many milliseconds on a statement is logged as slow.
    package var slowStatementMilliseconds: UInt32

    package init(
        databaseConnections: UInt16,
        concurrentRequests: UInt16,
        openStreams: UInt16,
        ingestRowsPerMinute: UInt32 = 1_000_000,
        databaseIdleSeconds: UInt32 = 60,
        slowStatementMilliseconds: UInt32 = 1_000
    ) {
        self.databaseConnections = databaseConnections
        self.concurrentRequests = concurrentRequests
        self.openStreams = openStreams
        self.ingestRowsPerMinute = ingestRowsPerMinute
        self.databaseIdleSeconds = databaseIdleSeconds
        self.slowStatementMilliseconds = slowStatementMilliseconds
    }
}

extension WorkerBootRecord: WireValue {
    /// Bytes of an encoded record, at most: with its length before it, it fits any pipe without waiting for a reader.
    package static let maximumLength = 32 * 1024

    /// What a launcher hands over: the record's length (u32, big endian), then the record. Nil when it is too long.
    package func framed() -> ByteBuffer? {
        var bytes = ByteBuffer()
        bytes.writeLengthPrefixed { write(to: &$0) }
        return bytes.readableBytes <= Self.maximumLength + 4 ? bytes : nil
    }

    /// The first two bytes of every boot record: with the gateway's process it is the newer one. Without it stays the older, which a
    /// worker of the build before understands.
    static let version: UInt16 = 3
    static let versionWithProcess: UInt16 = 4

    package func write(to buffer: inout ByteBuffer) {
        let version = gatewayProcessID == nil ? Self.version : Self.versionWithProcess
        buffer.writeMultipleIntegers(version, tenant.rawValue, generation, gatewayUserID)
        buffer.writeWireString(slug)
        buffer.writeWireString(timeZone)
        buffer.writeWireString(database)
        buffer.writeInteger(UInt16(nonce.count))
        buffer.writeBytes(nonce)
        buffer.writeMultipleIntegers(limits.databaseConnections, limits.concurrentRequests, limits.openStreams)
        buffer.writeMultipleIntegers(
            limits.ingestRowsPerMinute, limits.databaseIdleSeconds, limits.slowStatementMilliseconds)
        if let gatewayProcessID { buffer.writeInteger(gatewayProcessID) }
    }

    package init(from buffer: inout ByteBuffer) throws(WireError) {
        let version = try buffer.readWireInteger(as: UInt16.self)
        guard version == Self.version || version == Self.versionWithProcess else { throw .invalidValue("version") }
        tenant = TenantID(try buffer.readWireInteger())
        generation = try buffer.readWireInteger()
        gatewayUserID = try buffer.readWireInteger()
        slug = try buffer.readWireString()
        timeZone = try buffer.readWireString()
        database = try buffer.readWireString()
        let length = Int(try buffer.readWireInteger(as: UInt16.self))
        guard let bytes = buffer.readBytes(length: length) else { throw .truncated }
        nonce = bytes
        limits = WorkerLimits(
            databaseConnections: try buffer.readWireInteger(),
            concurrentRequests: try buffer.readWireInteger(),
            openStreams: try buffer.readWireInteger(),
            ingestRowsPerMinute: try buffer.readWireInteger(),
            databaseIdleSeconds: try buffer.readWireInteger(),
            slowStatementMilliseconds: try buffer.readWireInteger()
        )
        gatewayProcessID = version == Self.versionWithProcess ? try buffer.readWireInteger() : nil
        try buffer.expectWireEnd()
    }
}
