import IPC
import ManufacturingKPI
import Shared

/// The strong validator of a stop, `<hash of what it is>.<hash of the bytes that show it>`.
///
/// The bytes change with every instant while the stop runs, and with the plan of the line. Who demands a stop as he read it
/// means what detections and people made of it: that is the first part, and If-Match looks at no other.
enum StopTag {
    static func of(_ stop: Stop, _ id: StopID, shownAs bytes: [UInt8]) -> String {
        "\(state(of: stop, id)).\(EntityTag.of(bytes))"
    }

    /// The part of a stop's tag that tells what it is; nil for one that is not stored yet.
    static func state(of stop: Stop) -> String? {
        stop.id.map { state(of: stop, $0) }
    }

    private static func state(of stop: Stop, _ id: StopID) -> String {
        let projected = ProjectedStop(
            start: stop.interval.start, end: stop.end, source: stop.source, cause: stop.cause)
        return state(of: StoredStop(id: id, stop: projected))
    }

    /// The part of a tag that tells what a stop is.
    static func state(of stored: StoredStop) -> String {
        var json = JSONWriter()
        json.object { json in
            json.field("event_id", stored.id.rawValue)
            json.field("start", stored.stop.start)
            json.field("end", stored.stop.end)
            json.field("source", stored.stop.source.rawValue)
            json.field("incident_id", stored.stop.cause?.incident?.rawValue)
            json.field("reason", stored.stop.cause?.reason)
            json.field("justified_by", stored.stop.cause?.justifiedBy?.text)
            json.field("justified_at", stored.stop.cause?.justifiedAt)
        }
        return EntityTag.of(json.bytes)
    }
}

extension Precondition {
    /// Whether it holds for a stop as it is now; nil for one that is no more.
    func holds(for stored: StoredStop?) -> Bool {
        switch self {
        case .absent: return true
        case .exists: return stored != nil
        case .matches(let tags):
            guard let stored else { return false }
            let state = StopTag.state(of: stored)
            return tags.contains { $0.prefix { $0 != "." } == state }
        }
    }
}
