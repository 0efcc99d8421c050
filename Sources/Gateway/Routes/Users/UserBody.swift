import Foundation
import Identity
import Shared

/// POST and PUT of /users.
struct UserBody: Sendable {
    private static let longestName = 255

    /// Trimmed.
    var username: String
    /// Trimmed.
    var email: String
    var role: Role
    /// Nil: stays as it is.
    var password: String?
    /// Nil: stay as they are; of a new user: none.
    var permissions: [Permission]?
    /// Nil: every plant.
    var plants: [PlantID]?
    /// Nil: stays as it is; of a new user: true.
    var isActive: Bool?

    /// - Parameters:
    ///   - isNew: whether a password is needed.
    ///   - words: those a password must not be made of here.
    init(_ fields: inout JSONFields, isNew: Bool, words: [String]) {
        username = fields.personName("username", upTo: Self.longestName)
        email = fields.personName("email", upTo: Self.longestName)
        if !email.isEmpty, email.wholeMatch(of: /[^@\s]+@[^@\s]+/) == nil { fields.fault("email", .invalidFormat) }
        role = fields.required(fields.choice("role", of: Role.self), "role", .viewer)
        password = fields.newPassword("password", names: [username, email], words: words)
        if isNew { _ = fields.required(password, "password", "") }
        permissions = fields.choices("permissions", of: Permission.self)
        plants = fields.distinctIdentifiers("plant_ids", as: PlantID.self)
        isActive = fields.bool("is_active")
    }
}

extension JSONFields {
    /// A name or address as people type it, without the blanks around it; it must not be too long as it is compared either.
    fileprivate mutating func personName(_ field: String, upTo limit: Int) -> String {
        let given = name(field).trimmingCharacters(in: .whitespacesAndNewlines)
        if FoldedName(given).text.unicodeScalars.count > limit { fault(field, .tooLong, limit: String(limit)) }
        return given
    }

    /// A password that somebody shall have from now on; nil where there is none, or a fault.
    mutating func newPassword(_ field: String, names: [String], words: [String]) -> String? {
        note(
            field,
            .text(JSONShape.Text(lengths: PasswordRule.fewestCharacters...PasswordRule.mostBytes)))
        guard let password = plainString(field) else { return nil }
        switch PasswordRule.fault(in: password, names: names.map { FoldedName($0) }, words: words) {
        case nil: return password
        case .tooShort: fault(field, .tooShort, limit: String(PasswordRule.fewestCharacters))
        case .tooLong: fault(field, .tooLong, limit: "\(PasswordRule.mostBytes) bytes")
        case .containsName: fault(field, .containsName)
        case .tooCommon: fault(field, .tooCommon)
        }
        return nil
    }
}
