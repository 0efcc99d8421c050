import Identity
import Shared

/// A device as /devices gives it.
extension ListDevices.Row {
    /// Changes with everything of it but when it was last used.
    var entityTag: String {
        var device = self
        device.lastUsedAt = nil
        return String(ContentDigest.sha256Text(device.json().bytes).prefix(16))
    }

    func json() -> JSONWriter {
        var json = JSONWriter()
        write(to: &json)
        return json
    }

    /// With the token of its link, the only time it is told.
    func json(_ token: String, _ request: Request) -> JSONWriter {
        var json = JSONWriter()
        write(token: token, link: DeviceLink.text(token, request), to: &json)
        return json
    }

    func write(token: String? = nil, link: String? = nil, to json: inout JSONWriter) {
        json.object { json in
            json.field("device_id", id.rawValue)
            if let token { json.field("device_token", token) }
            if let link { json.field("link", link) }
            json.field("kind", kind.rawValue)
            json.field("name", name)
            json.key("line_ids")
            json.array { json in
                for line in lines { json.value(line.rawValue) }
            }
            json.key("plant_ids")
            json.array { json in
                for plant in plants { json.value(plant.rawValue) }
            }
            json.field("look", look.rawValue)
            json.field("language", language.rawValue)
            json.field("alarm_after_seconds", alarmAfterSeconds)
            json.field("holds_stopped", holdsStopped)
            json.field("created_at", createdAt)
            json.field("expires_at", expiresAt)
            json.field("revoked_at", revokedAt)
            json.field("last_used_at", lastUsedAt)
        }
    }
}

/// The link by which a browser becomes a device.
enum DeviceLink {
    /// - Parameter request: of whoever is told; the link leads to the same host.
    static func text(_ token: String, _ request: Request) -> String {
        let path = "\(request.base)/device/\(token)"
        return request.authority.map { "\(request.isSecure ? "https" : "http")://\($0)\(path)" } ?? path
    }
}
