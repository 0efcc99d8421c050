import Shared

/// An object as the API gives it.
package struct AdministrationObject: Sendable {
    let id: Int64
    let members: [JSONMember]
    /// Its validator, without quotes; nil in a list.
    let tag: String?

    init?(_ value: JSONValue, of kind: AdministrationKind, tag: String? = nil) {
        guard case .object(let members) = value, case .integer(let id) = value[kind.idField] else { return nil }
        self.id = id
        self.members = members
        self.tag = tag
    }

    /// Null where there is no such field.
    subscript(_ name: String) -> JSONValue { JSONValue.object(members)[name] }

    /// Whether it is in use; what cannot be put out of use always is.
    var isActive: Bool { self["is_active"] != .bool(false) }

    /// The versions, oldest first; none of what has none.
    var versions: [JSONValue] { self["versions"].elements }
}

extension JSONValue {
    /// Null where there is no such member, or nothing that has members.
    subscript(_ name: String) -> JSONValue {
        guard case .object(let members) = self else { return .null }
        return members.first { $0.key == name }?.value ?? .null
    }

    var elements: [JSONValue] {
        guard case .array(let values) = self else { return [] }
        return values
    }

    var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    var whole: Int64? {
        guard case .integer(let number) = self else { return nil }
        return number
    }

    var double: Double? {
        switch self {
        case .integer(let number): Double(number)
        case .number(let number): number
        default: nil
        }
    }
}

/// What objects of a kind may name, to choose from and to call by their names.
package struct AdministrationReferences: Sendable {
    var objects: [AdministrationKind: [AdministrationObject]] = [:]
    /// The company's own, for what is of no plant.
    var tenantZone = "UTC"

    func object(_ kind: AdministrationKind, _ id: Int64?) -> AdministrationObject? {
        guard let id else { return nil }
        return objects[kind]?.first { $0.id == id }
    }

    /// The zone whose clock an object's times are read on.
    func zone(of members: (String) -> JSONValue) -> String {
        let line = object(.lines, members("line_id").whole)
        let plant = members("plant_id").whole ?? line?["plant_id"].whole
        return object(.plants, plant)?["timezone"].text ?? tenantZone
    }
}
