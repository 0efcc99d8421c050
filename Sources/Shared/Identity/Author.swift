/// Who did something to the tenant's data, as it is remembered for good: `user:<id>`, `key:<id>` or `device:<id>`.
package enum Author: Hashable, Sendable {
    case user(UserID)
    case apiKey(APIKeyID)
    case device(DeviceID)
    /// The product itself, by its schedules.
    case system

    /// - Returns: nil for what is none of these forms.
    package init?(text: String) {
        if text == "system" {
            self = .system
            return
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let number = Int64(parts[1]) else { return nil }
        switch parts[0] {
        case "user": self = .user(UserID(number))
        case "key": self = .apiKey(APIKeyID(number))
        case "device": self = .device(DeviceID(number))
        default: return nil
        }
    }

    package var text: String {
        switch self {
        case .user(let id): "user:\(id)"
        case .apiKey(let id): "key:\(id)"
        case .device(let id): "device:\(id)"
        case .system: "system"
        }
    }
}

extension Principal {
    /// Who is remembered for what this principal does.
    package var author: Author {
        switch kind {
        case .user(let id, _): .user(id)
        case .apiKey(let id, _): .apiKey(id)
        case .device(let id, _): .device(id)
        case .system: .system
        }
    }
}
