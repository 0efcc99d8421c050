/// All addresses with the same first bits.
struct NetworkRange: Hashable, Sendable, CustomStringConvertible {
    private let octets: [UInt8]
    private let bits: Int

    /// Reads an address, or an address with the number of its first bits that count, e.g. `10.0.0.0/8`.
    init?(parsing text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = NetworkAddress(parsing: String(parts[0])) else { return nil }
        let all = address.octets.count * 8
        guard let bits = parts.count == 1 ? all : Int(parts[1]), (0...all).contains(bits) else { return nil }
        octets = address.octets.enumerated().map { index, octet in octet & Self.mask(bits, of: index) }
        self.bits = bits
    }

    func contains(_ address: NetworkAddress) -> Bool {
        address.octets.count == octets.count
            && zip(octets, address.octets).enumerated().allSatisfy { index, octets in
                octets.0 == octets.1 & Self.mask(bits, of: index)
            }
    }

    /// Which bits of an octet count.
    private static func mask(_ bits: Int, of index: Int) -> UInt8 {
        UInt8(truncatingIfNeeded: 0xFF00 >> min(max(bits - index * 8, 0), 8))
    }

    /// The first address and the bits, as PostgreSQL's `cidr` has it.
    var description: String {
        if octets.count == 4 { return octets.map { String($0) }.joined(separator: ".") + "/\(bits)" }
        let groups = stride(from: 0, to: 16, by: 2).map { index in
            String(UInt16(octets[index]) << 8 | UInt16(octets[index + 1]), radix: 16)
        }
        return groups.joined(separator: ":") + "/\(bits)"
    }
}
