/// What a client says of the codings it takes: the value of Accept-Encoding (RFC 9110 §12.5.3).
struct AcceptedCoding {
    /// Whether gzip is among them, and nothing is said to be better.
    let takesGzip: Bool

    /// - Parameter field: nil when the client says nothing, and is sent no coding.
    init(_ field: String?) {
        var weights: [String: Double] = [:]
        for part in (field ?? "").split(separator: ",") {
            let parameters = part.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
            guard let name = parameters.first else { continue }
            let weight = parameters.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 }
            weights[name == "x-gzip" ? "gzip" : name] = weight ?? 1
        }
        let gzip = weights["gzip"] ?? weights["*"] ?? 0
        takesGzip = gzip > 0 && gzip >= weights["identity"] ?? 0
    }
}
