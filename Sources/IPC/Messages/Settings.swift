package import NIOCore
package import Shared

/// All settings of the tenant.
package struct ListSettings: WorkerCall {
    package static let kind = CallKind.listSettings
    package var mayBeRepeated: Bool { true }

    package init() {}

    package func write(to buffer: inout ByteBuffer) {}

    package init(from buffer: inout ByteBuffer) throws(WireError) {}
}

/// One setting.
package struct ReadSetting: WorkerCall {
    package static let kind = CallKind.readSetting
    package var mayBeRepeated: Bool { true }

    package var key: SettingKey

    package init(key: SettingKey) {
        self.key = key
    }

    package func write(to buffer: inout ByteBuffer) {
        buffer.writeWireString(key.rawValue)
    }

    package init(from buffer: inout ByteBuffer) throws(WireError) {
        key = try SettingKey(wire: &buffer)
    }
}

/// A setting as it shall be from now on. Body: its JSON, whose shape the gateway has checked.
package struct ReplaceSetting: WorkerCall {
    package static let kind = CallKind.replaceSetting
    package var mayBeRepeated: Bool { false }

    package var key: SettingKey
    package var precondition: Precondition

    package init(key: SettingKey, precondition: Precondition) {
        self.key = key
        self.precondition = precondition
    }

    package func write(to buffer: inout ByteBuffer) {
        buffer.writeWireString(key.rawValue)
        precondition.write(to: &buffer)
    }

    package init(from buffer: inout ByteBuffer) throws(WireError) {
        key = try SettingKey(wire: &buffer)
        precondition = try Precondition(from: &buffer)
    }
}

extension SettingKey {
    fileprivate init(wire buffer: inout ByteBuffer) throws(WireError) {
        guard let key = SettingKey(rawValue: try buffer.readWireString()) else { throw .invalidValue("setting") }
        self = key
    }
}
