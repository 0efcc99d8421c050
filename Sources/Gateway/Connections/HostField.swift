/// The rule of a `Host` field, and of HTTP/2's `:authority`: a host, and a port if there is one (RFC 9110 §7.2, RFC 3986
/// §3.2.2).
enum HostField {
    /// Whether a text is a name or an address, with nothing in it that no host has: no blank, slash, quote or sign of markup.
    static func isKept(_ text: String) -> Bool {
        let bytes = text.utf8
        let port: Substring.UTF8View
        if bytes.first == UInt8(ascii: "[") {
            guard let end = bytes.firstIndex(of: UInt8(ascii: "]")) else { return false }
            let address = bytes[..<end].dropFirst()
            guard !address.isEmpty, address.allSatisfy(isOfAddress) else { return false }
            port = bytes[end...].dropFirst()
        } else {
            let end = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.endIndex
            guard end != bytes.startIndex, bytes[..<end].allSatisfy(isOfName) else { return false }
            port = bytes[end...]
        }
        guard let colon = port.first else { return true }
        return colon == UInt8(ascii: ":") && port.dropFirst().allSatisfy { (0x30...0x39).contains($0) }
    }

    private static func isOfAddress(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x46, 0x61...0x66, UInt8(ascii: ":"), UInt8(ascii: "."): true
        default: false
        }
    }

    private static func isOfName(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "%"): true
        default: false
        }
    }
}
