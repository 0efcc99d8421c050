/// What holds of an object from an instant on, until its next version.
package protocol DatedVersion {
    /// Nil: since ever.
    var validFrom: Instant? { get }
}

/// The versions of one object: ascending by their starts, the one since ever first, no two with the same start.
extension Array where Element: DatedVersion {
    /// The version that holds at an instant; before the first one, the first.
    package func index(validAt instant: Instant) -> Int {
        lastIndex { version in version.validFrom.map { $0 <= instant } ?? true } ?? 0
    }

    /// The start of the version that a change writes: the one it gives, whether such a version is there or not, or
    /// else that of the newest, which it corrects.
    package func start(ofChangeFrom given: Instant?) -> Instant? {
        given ?? last.flatMap(\.validFrom)
    }
}
