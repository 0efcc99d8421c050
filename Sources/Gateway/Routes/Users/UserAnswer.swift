import Identity
import Shared

/// A person of a tenant as /users gives him.
extension ListMembers.Row {
    /// Changes with everything of the object.
    var entityTag: String { String(ContentDigest.sha256Text(json.bytes).prefix(16)) }

    var json: JSONWriter {
        var json = JSONWriter()
        write(to: &json)
        return json
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("user_id", id.rawValue)
            json.field("username", username)
            json.field("email", email)
            json.field("role", role.rawValue)
            json.field("is_super_admin", isSuperAdmin)
            json.key("permissions")
            json.array { json in
                for permission in Permission.allCases where permissions.contains(permission) {
                    json.value(permission.rawValue)
                }
            }
            json.key("plant_ids")
            if let plants {
                json.array { json in
                    for plant in plants { json.value(plant.rawValue) }
                }
            } else {
                json.null()
            }
            json.field("is_active", isActive)
            json.field("created_at", createdAt)
        }
    }
}
