import IPC
import NIOCore
import Shared

/// Gives each rejected row in a worker's answer its `message`. A worker knows no languages, and an answer that is repeated
/// for an Idempotency-Key is told in that of whoever repeats the request.
struct RejectedRowTexts: Sendable {
    let texts: FaultTexts
    let language: LanguageCode

    /// - Throws: `internal` for what is no answer of a worker.
    func added(to reply: WorkerReply) throws(Fault) -> WorkerReply {
        guard case .whole(let bytes) = reply.body, case .object(let members) = try value(of: bytes) else {
            throw Fault(code: .internal)
        }
        var json = JSONWriter(reservingCapacity: bytes.readableBytes * 2)
        json.object { json in
            for member in members {
                json.key(dynamic: member.key)
                if member.key == "rejected", case .array(let rows) = member.value {
                    json.array { json in
                        for row in rows { write(row, to: &json) }
                    }
                } else {
                    json.value(member.value)
                }
            }
        }
        var told = reply
        told.body = .whole(ByteBuffer(bytes: json.bytes))
        return told
    }

    private func value(of bytes: ByteBuffer) throws(Fault) -> JSONValue {
        do throws(JSONError) {
            return try JSONReader.value(of: Array(buffer: bytes))
        } catch {
            throw Fault(code: .internal)
        }
    }

    private func write(_ row: JSONValue, to json: inout JSONWriter) {
        guard case .object(let members) = row else { return json.value(row) }
        var (code, field) = ("", "")
        json.object { json in
            for member in members {
                json.key(dynamic: member.key)
                json.value(member.value)
                guard case .string(let text) = member.value else { continue }
                if member.key == "code" { code = text }
                if member.key == "field" { field = text }
            }
            json.field("message", texts.message(ofRow: code, field: field, in: language))
        }
    }
}
