package import NIOCore
package import Shared

extension Principal: WireValue {
    package func write(to buffer: inout ByteBuffer) {
        switch kind {
        case .user(let user, let role):
            buffer.writeMultipleIntegers(UInt8(0), user.rawValue, role.wireNumber)
        case .apiKey(let key, let scopes):
            buffer.writeMultipleIntegers(UInt8(1), key.rawValue, scopes.reduce(UInt8(0)) { $0 | $1.wireBit })
        case .system:
            buffer.writeMultipleIntegers(UInt8(2), Int64(0), UInt8(0))
        case .device(let device, let kind):
            buffer.writeMultipleIntegers(UInt8(3), device.rawValue, kind.wireNumber)
        }
        buffer.writeInteger(tenant.rawValue)
        buffer.writeInteger(permissions.reduce(UInt8(0)) { $0 | $1.wireBit })
        buffer.writeWireOptional(plants) { buffer, plants in
            buffer.writeWireList(plants) { buffer, plant in buffer.writeInteger(plant.rawValue) }
        }
        buffer.writeWireString(language.rawValue)
    }

    package init(from buffer: inout ByteBuffer) throws(WireError) {
        let discriminator: UInt8 = try buffer.readWireInteger()
        let identifier: Int64 = try buffer.readWireInteger()
        let rights: UInt8 = try buffer.readWireInteger()
        let kind: Kind
        switch discriminator {
        case 0:
            guard let role = Role.allCases.first(where: { $0.wireNumber == rights }) else {
                throw .invalidValue("role")
            }
            kind = .user(UserID(identifier), role)
        case 1:
            guard rights < 1 << KeyScope.allCases.count else { throw .invalidValue("scopes") }
            kind = .apiKey(APIKeyID(identifier), Set(KeyScope.allCases.filter { rights & $0.wireBit != 0 }))
        case 2:
            guard identifier == 0, rights == 0 else { throw .invalidValue("principal") }
            kind = .system
        case 3:
            guard let device = DeviceKind.allCases.first(where: { $0.wireNumber == rights }) else {
                throw .invalidValue("device")
            }
            kind = .device(DeviceID(identifier), device)
        default:
            throw .invalidValue("principal")
        }
        let tenant = TenantID(try buffer.readWireInteger())
        let granted: UInt8 = try buffer.readWireInteger()
        guard granted < 1 << Permission.allCases.count else { throw .invalidValue("permissions") }
        let plants = try buffer.readWireOptional { (buffer) throws(WireError) in
            try buffer.readWireList { (buffer) throws(WireError) in PlantID(try buffer.readWireInteger()) }
        }
        guard let language = LanguageCode(rawValue: try buffer.readWireString()) else {
            throw .invalidValue("language")
        }
        self.init(
            kind: kind,
            tenant: tenant,
            permissions: Set(Permission.allCases.filter { granted & $0.wireBit != 0 }),
            plants: plants,
            language: language
        )
    }
}

extension Role {
    fileprivate var wireNumber: UInt8 {
        switch self {
        case .superAdmin: 1
        case .admin: 2
        case .manager: 3
        case .operator: 4
        case .viewer: 5
        }
    }
}

extension DeviceKind {
    fileprivate var wireNumber: UInt8 {
        switch self {
        case .andon: 1
        case .shiftBoard: 2
        case .station: 3
        }
    }
}

extension Permission {
    fileprivate var wireBit: UInt8 {
        switch self {
        case .exportData: 1
        }
    }
}

extension KeyScope {
    fileprivate var wireBit: UInt8 {
        switch self {
        case .read: 1
        case .ingest: 2
        case .write: 4
        }
    }
}
