import ArgumentParser
import Identity
import Shared

/// What the values of flags must look like; every message names the flag. Wrong ones are wrong usage (exit code 2).
enum FlagRules {
    /// 1 to 255 characters, not blank, nothing that is not printable.
    static func label(_ value: String, flag: String) throws {
        let isPrintable = value.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
        guard (1...255).contains(value.unicodeScalars.count), !value.allSatisfy(\.isWhitespace), isPrintable else {
            throw ValidationError("\(flag) must be 1 to 255 printable characters, not blank")
        }
    }

    /// As in an address: lower-case letters, digits and inner hyphens.
    static func slug(_ value: String, flag: String) throws {
        guard value.wholeMatch(of: /[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?/) != nil else {
            throw ValidationError(
                "\(flag) must be 1 to 63 of a-z, 0-9 and hyphens, not starting or ending with a hyphen")
        }
    }

    /// A zone of the system's IANA database.
    static func timezone(_ value: String, flag: String) throws {
        do {
            _ = try TimeZoneDatabase().rules(named: value)
        } catch {
            throw ValidationError("\(flag) must be an IANA time zone such as America/Argentina/Buenos_Aires")
        }
    }

    /// es or en.
    static func language(_ value: String, flag: String) throws {
        guard LanguageCode(rawValue: value) != nil else {
            throw ValidationError(
                "\(flag) must be one of \(LanguageCode.allCases.map(\.rawValue).joined(separator: ", "))")
        }
    }

    /// Something before and after one @, without blanks.
    static func email(_ value: String, flag: String) throws {
        try label(value, flag: flag)
        guard value.wholeMatch(of: /[^@\s]+@[^@\s]+/) != nil else {
            throw ValidationError("\(flag) must be an e-mail address")
        }
    }

    /// A role by its name in the contract.
    static func role(_ value: String, flag: String) throws -> Role {
        guard let role = Role(rawValue: value) else {
            throw ValidationError("\(flag) must be one of \(Role.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return role
    }

    /// Permissions by their names, each at most once in the answer.
    static func permissions(_ values: [String], flag: String) throws -> [Permission] {
        let permissions = try values.map { value in
            guard let permission = Permission(rawValue: value) else {
                let known = Permission.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("\(flag) must be one of \(known)")
            }
            return permission
        }
        return Permission.allCases.filter(permissions.contains)
    }

    /// Scopes separated by commas, each at most once in the answer.
    static func scopes(_ value: String, flag: String) throws -> [KeyScope] {
        let scopes = try value.split(separator: ",", omittingEmptySubsequences: false).map { part in
            guard let scope = KeyScope(rawValue: String(part)) else {
                let known = KeyScope.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("\(flag) must be some of \(known), separated by commas")
            }
            return scope
        }
        return KeyScope.allCases.filter(scopes.contains)
    }
}
