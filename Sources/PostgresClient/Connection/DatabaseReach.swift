import CLibPQ

/// How a database is reached.
package enum DatabaseReach {
    /// Whether an address names Unix-domain sockets alone, so that whoever uses it needs no network.
    ///
    /// - Parameter address: a URI or `key=value` pairs, as libpq reads them; what it cannot read is not local.
    package static func isLocal(_ address: String) -> Bool {
        guard let options = PQconninfoParse(address, nil) else { return false }
        defer { PQconninfoFree(options) }
        var option = options
        while let keyword = option.pointee.keyword {
            let value = option.pointee.val.map { String(cString: $0) } ?? ""
            switch String(cString: keyword) {
            case "hostaddr" where !value.isEmpty:
                return false
            case "host" where !value.split(separator: ",", omittingEmptySubsequences: false).allSatisfy(isSocketFolder):
                return false
            default:
                break
            }
            option += 1
        }
        return true
    }

    /// Without a host libpq takes the folder it was built for.
    private static func isSocketFolder(_ host: Substring) -> Bool {
        host.isEmpty || host.hasPrefix("/") || host.hasPrefix("@")
    }
}
