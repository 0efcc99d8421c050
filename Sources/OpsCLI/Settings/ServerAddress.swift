import Foundation

/// Where a running server answers, and whose certificates are believed there.
struct ServerAddress {
    /// As in `http://127.0.0.1:8080`, without a slash at its end.
    let url: String
    /// The file of the data folder's own authority; nil where there is none.
    let authority: String?

    /// - Parameter url: as it was given; nil: what the server of the data folder says.
    init(_ settings: OpsSettings, url: String?) throws(OpsFailure) {
        let urlPath = settings.runPath + "/url"
        guard var url = url ?? Self.firstLine(of: urlPath), !url.isEmpty else {
            throw OpsFailure("--url is not given and \(urlPath) cannot be read: does the server run?")
        }
        while url.hasSuffix("/") { url.removeLast() }
        self.url = url
        let authority = "\(settings.dataPath)/tls/authority.pem"
        self.authority = FileManager.default.fileExists(atPath: authority) ? authority : nil
    }

    /// The first line of a file; nil when it cannot be read.
    static func firstLine(of path: String) -> String? {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
        return text.split(separator: "\n").first?.trimmingCharacters(in: .whitespaces)
    }
}
