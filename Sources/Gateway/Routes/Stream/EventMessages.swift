import NIOCore
import Shared

/// Turns server-sent events, in parts however they were cut, into messages: `{"id": …, "event": …, "data": {…}}`.
struct EventMessages {
    enum Item: Equatable {
        case message(ByteBuffer)
        /// A sign of life.
        case beat
    }

    private var line: [UInt8] = []
    private var fields: [String: [UInt8]] = [:]

    mutating func take(_ part: ByteBuffer) -> [Item] {
        var items: [Item] = []
        for byte in part.readableBytesView {
            guard byte == UInt8(ascii: "\n") else {
                line.append(byte)
                continue
            }
            if let item = lineEnded() { items.append(item) }
            line.removeAll(keepingCapacity: true)
        }
        return items
    }

    private mutating func lineEnded() -> Item? {
        guard !line.isEmpty else {
            defer { fields.removeAll(keepingCapacity: true) }
            return message
        }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        if colon == 0 { return .beat }
        let value = line[(colon + 1)...].drop { $0 == UInt8(ascii: " ") }
        fields[String(decoding: line[..<colon], as: UTF8.self)] = Array(value)
        return nil
    }

    private var message: Item? {
        guard let event = fields["event"], let data = fields["data"] else { return nil }
        var json = JSONWriter()
        json.object { json in
            if let id = fields["id"] { json.field("id", String(decoding: id, as: UTF8.self)) }
            json.field("event", String(decoding: event, as: UTF8.self))
            json.key("data")
            json.raw(data)
        }
        return .message(ByteBuffer(bytes: json.bytes))
    }
}
