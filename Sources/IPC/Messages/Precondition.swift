package import NIOCore

/// What an If-Match asks of the object that shall be changed.
package enum Precondition: Equatable, Sendable {
    /// Nothing: there was no such header.
    case absent
    /// `*`: that it exists.
    case exists
    /// That its entity tag is one of these, without quotes. Of none, it fails.
    case matches([String])

    package func holds(for entityTag: String) -> Bool {
        switch self {
        case .absent, .exists: true
        case .matches(let tags): tags.contains(entityTag)
        }
    }
}

extension Precondition: WireValue {
    package func write(to buffer: inout ByteBuffer) {
        switch self {
        case .absent: buffer.writeInteger(UInt8(0))
        case .exists: buffer.writeInteger(UInt8(1))
        case .matches(let tags):
            buffer.writeInteger(UInt8(2))
            buffer.writeWireList(tags) { $0.writeWireString($1) }
        }
    }

    package init(from buffer: inout ByteBuffer) throws(WireError) {
        switch try buffer.readWireInteger(as: UInt8.self) {
        case 0: self = .absent
        case 1: self = .exists
        case 2: self = .matches(try buffer.readWireList { (buffer) throws(WireError) in try buffer.readWireString() })
        default: throw .invalidValue("precondition")
        }
    }
}
