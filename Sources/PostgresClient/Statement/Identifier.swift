/// The name of a table, column, role or channel that is only known at run time.
///
/// Lower-case letters, digits and underscores, not starting with a digit, 1…63 characters; always written in quotes.
package struct Identifier: Hashable, Sendable, CustomStringConvertible {
    /// The name without quotes.
    package let name: String

    /// A checked name; throws `invalidIdentifier` for anything but `^[a-z_][a-z0-9_]{0,62}$`.
    package init(_ name: String) throws(PostgresError) {
        let bytes = name.utf8
        guard let first = bytes.first, bytes.count <= 63, first == UInt8(ascii: "_") || Self.isLetter(first),
            bytes.allSatisfy({ $0 == UInt8(ascii: "_") || Self.isLetter($0) || Self.isDigit($0) })
        else { throw .invalidIdentifier }
        self.name = name
    }

    /// The name in quotes, as it stands in SQL.
    package var description: String { "\"\(name)\"" }

    private static func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
