import ArgumentParser
import Crypto
import Foundation
import SwiftASN1
import X509

/// `camet certificate …`
struct CertificateVerbs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "certificate", abstract: "TLS in a network without a public authority.",
        subcommands: [CertificateCreate.self])
}

/// `camet certificate create`: a certificate for the server, vouched for by an authority of its own.
struct CertificateCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Makes the server's certificate, and at first the authority that vouches for it.",
        discussion:
            "The authority's certificate is installed once on every client; run this again to renew the server's.")

    @Option(parsing: .singleValue, help: "A name or address by which clients reach the server. May be repeated.")
    var host: [String] = []

    @Option(help: "Days for which the server's certificate is valid, 1 to 825.")
    var days = 397

    @Option(help: "The folder for the four files. Default: tls in the data folder.")
    var out: String?

    @OptionGroup var common: CommonOptions

    func validate() throws {
        _ = try HostNames(host, flag: "--host")
        guard (1...825).contains(days) else { throw ValidationError("--days must be from 1 to 825") }
        if let out, out.isEmpty { throw ValidationError("--out must name a folder") }
    }

    func run() async throws {
        let hosts = try HostNames(host, flag: "--host")
        let settings = try common.openSettings()
        let folder = try CertificateFolder(out ?? "\(settings.dataPath)/tls")
        let now = Date()
        let authority = try PlantAuthority.required(in: folder, for: hosts, now: now)
        let (certificate, key) = try authority.issue(for: hosts, days: days, now: now)
        // A running server that looks between the two finds that they do not belong together, and looks again later.
        try folder.replace(.serverKey, try key.serializeAsPEM().pemString)
        try folder.replace(.server, try certificate.serializeAsPEM().pemString)
        let item = try CertificateItem(folder, hosts, authority, certificate)
        try OpsAnswer.print(item, json: common.json, text: item.lines(settings.dataPath))
    }
}

/// What was made, as the verb prints it.
struct CertificateItem: Encodable {
    let authorityFile: String
    let authorityIsNew: Bool
    let authorityExpiresAt: String
    /// SHA-256 of the certificate in DER, as browsers show it.
    let authorityFingerprint: String
    let certificateFile: String
    let keyFile: String
    let hosts: [String]
    let expiresAt: String

    private enum CodingKeys: String, CodingKey {
        case authorityFile = "authority_file"
        case authorityIsNew = "authority_is_new"
        case authorityExpiresAt = "authority_expires_at"
        case authorityFingerprint = "authority_fingerprint"
        case certificateFile = "certificate_file"
        case keyFile = "key_file"
        case hosts
        case expiresAt = "expires_at"
    }

    fileprivate init(
        _ folder: CertificateFolder, _ hosts: HostNames, _ authority: PlantAuthority, _ certificate: Certificate
    ) throws {
        var serializer = DER.Serializer()
        try serializer.serialize(authority.certificate)
        authorityFile = folder.path(.authority)
        authorityIsNew = authority.isNew
        authorityExpiresAt = authority.certificate.notValidAfter.ISO8601Format()
        authorityFingerprint = SHA256.hash(data: serializer.serializedBytes)
            .map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined(separator: ":").uppercased()
        certificateFile = folder.path(.server)
        keyFile = folder.path(.serverKey)
        self.hosts = hosts.texts
        expiresAt = certificate.notValidAfter.ISO8601Format()
    }

    func lines(_ dataPath: String) -> [String] {
        [
            "The server's certificate, for \(hosts.joined(separator: ", ")), is valid until \(expiresAt).",
            authorityIsNew
                ? "Its authority is new and valid until \(authorityExpiresAt):"
                : "Its authority is the one that was there, valid until \(authorityExpiresAt):",
            "  \(authorityFile)",
            "  SHA-256 \(authorityFingerprint)",
            "",
            "Set in \(dataPath)/camet.conf, and start the server again the first time:",
            "  CAMET_TLS_CERTIFICATE_FILE=\(certificateFile)",
            "  CAMET_TLS_KEY_FILE=\(keyFile)",
            "",
            "Install authority.pem once on every client:",
            "  Debian, Ubuntu   cp authority.pem /usr/local/share/ca-certificates/camet.crt && update-ca-certificates",
            "  Windows          certutil -addstore -f Root authority.pem",
            "  macOS            security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain authority.pem",
            "  Firefox          Settings, Privacy & Security, View Certificates, Authorities, Import",
            "  Python, curl     SSL_CERT_FILE=authority.pem, curl --cacert authority.pem",
            "authority-key.pem never leaves this machine.",
        ]
    }
}
