import Shared

/// The unit of systemd that is a tenant's worker: `camet-worker@12.service`.
struct WorkerUnit: Hashable, Sendable, CustomStringConvertible {
    private static let prefix = "camet-worker@"
    private static let suffix = ".service"
    /// The credential by which the worker is told who it is.
    private static let credential = "boot"

    var tenant: TenantID

    init(tenant: TenantID) {
        self.tenant = tenant
    }

    /// Who a connection says it comes for that asks for a credential (`LoadCredential=` with a socket): systemd binds it to a zero
    /// byte, a number by chance in hexadecimal digits, and `/unit/<unit>/<credential>`. Nil for everything else.
    init?(peer name: some Collection<UInt8>) {
        guard name.first == 0 else { return nil }
        let parts = name.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard parts.count == 4, !parts[0].isEmpty, parts[0].allSatisfy({ $0.isASCII && $0.isHexDigit }),
            parts[1] == "unit", parts[3] == Self.credential,
            parts[2].hasPrefix(Self.prefix), parts[2].hasSuffix(Self.suffix),
            let number = Int64(parts[2].dropFirst(Self.prefix.count).dropLast(Self.suffix.count)), number > 0
        else { return nil }
        self.init(tenant: TenantID(number))
        // No second way to write a number.
        guard parts[2] == self.name else { return nil }
    }

    var name: String { "\(Self.prefix)\(tenant.rawValue)\(Self.suffix)" }

    /// Where its processes are counted, as its slice has it (`Slice=camet-tenant-%i.slice`): dashes of a slice's name are levels.
    var controlGroup: String {
        "/camet.slice/camet-tenant.slice/camet-tenant-\(tenant.rawValue).slice/\(name)"
    }

    var description: String { name }
}
