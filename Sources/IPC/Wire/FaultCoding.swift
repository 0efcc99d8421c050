package import NIOCore
package import Shared

/// A fault may name what a client has sent, so its size is not ours to choose: it is cut to fit a frame with room to
/// spare, rather than ending the connection of everybody else.
extension Fault: WireValue {
    /// Parameters' faults that travel, at most; the rest is left out.
    static let maximumParameters = 256
    /// Bytes of UTF-8 of one text, at most.
    static let maximumTextLength = 256

    package func write(to buffer: inout ByteBuffer) {
        buffer.writeWireString(code.rawValue)
        buffer.writeWireOptional(retryAfterSeconds) { $0.writeInteger(UInt32(clamping: $1)) }
        buffer.writeWireOptional(limit) { $0.writeWireString($1.rawValue) }
        buffer.writeWireList(Array(parameters.prefix(Self.maximumParameters))) { buffer, fault in
            buffer.writeWireString(fault.parameter.cut(toUTF8Length: Self.maximumTextLength))
            buffer.writeWireString(fault.code.rawValue)
            buffer.writeWireOptional(fault.limit) { buffer, limit in
                buffer.writeWireString(limit.cut(toUTF8Length: Self.maximumTextLength))
            }
        }
    }

    package init(from buffer: inout ByteBuffer) throws(WireError) {
        guard let code = FaultCode(rawValue: try buffer.readWireString()) else { throw .invalidValue("fault code") }
        let retryAfter = try buffer.readWireOptional { (buffer) throws(WireError) in
            Int(try buffer.readWireInteger(as: UInt32.self))
        }
        let limit = try buffer.readWireOptional { (buffer) throws(WireError) in
            guard let name = LimitName(rawValue: try buffer.readWireString()) else { throw .invalidValue("limit") }
            return name
        }
        let parameters = try buffer.readWireList { (buffer) throws(WireError) in
            let parameter = try buffer.readWireString()
            guard let code = ParameterFaultCode(rawValue: try buffer.readWireString()) else {
                throw .invalidValue("parameter fault code")
            }
            let limit = try buffer.readWireOptional { (buffer) throws(WireError) in try buffer.readWireString() }
            return ParameterFault(parameter: parameter, code: code, limit: limit)
        }
        self.init(code: code, parameters: parameters, retryAfterSeconds: retryAfter, limit: limit)
    }
}

extension String {
    /// The longest beginning of whole characters that has at most `length` bytes of UTF-8.
    fileprivate func cut(toUTF8Length length: Int) -> String {
        guard utf8.count > length else { return self }
        var kept = ""
        var used = 0
        for scalar in unicodeScalars {
            used += UTF8.width(scalar)
            if used > length { break }
            kept.unicodeScalars.append(scalar)
        }
        return kept
    }
}
