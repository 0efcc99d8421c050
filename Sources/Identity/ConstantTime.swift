/// Comparison of secrets in a time that tells nothing about where they differ.
package enum ConstantTime {
    /// Whether both hold the same bytes; only their lengths may be learnt from the time it takes.
    package static func areEqual(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(UInt8(0)) { difference, pair in difference | (pair.0 ^ pair.1) } == 0
    }
}
