package import NIOCore
package import Shared

extension Fault: WireValue {
    package func write(to buffer: inout ByteBuffer) {
        buffer.writeWireString(code.rawValue)
        buffer.writeWireOptional(retryAfterSeconds) { $0.writeInteger(UInt32(clamping: $1)) }
        buffer.writeWireList(parameters) { buffer, fault in
            buffer.writeWireString(fault.parameter)
            buffer.writeWireString(fault.code.rawValue)
            buffer.writeWireOptional(fault.limit) { $0.writeWireString($1) }
        }
    }

    package init(from buffer: inout ByteBuffer) throws(WireError) {
        guard let code = FaultCode(rawValue: try buffer.readWireString()) else { throw .invalidValue("fault code") }
        let retryAfter = try buffer.readWireOptional { (buffer) throws(WireError) in
            Int(try buffer.readWireInteger(as: UInt32.self))
        }
        let parameters = try buffer.readWireList { (buffer) throws(WireError) in
            let parameter = try buffer.readWireString()
            guard let code = ParameterFaultCode(rawValue: try buffer.readWireString()) else {
                throw .invalidValue("parameter fault code")
            }
            let limit = try buffer.readWireOptional { (buffer) throws(WireError) in try buffer.readWireString() }
            return ParameterFault(parameter: parameter, code: code, limit: limit)
        }
        self.init(code: code, parameters: parameters, retryAfterSeconds: retryAfter)
    }
}
