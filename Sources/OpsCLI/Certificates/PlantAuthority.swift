import Crypto
import Foundation
import Identity
import SwiftASN1
import X509

/// The authority of a plant's own network: its key stays in a folder of the server, its certificate is installed on clients.
struct PlantAuthority {
    private static let years = 10
    private static let day: TimeInterval = 86_400
    /// Clocks of clients may be this much behind.
    private static let tolerance: TimeInterval = 3_600

    let certificate: Certificate
    /// Whether it was made now.
    let isNew: Bool
    private let key: Certificate.PrivateKey

    /// The one of a folder, made when there is none.
    ///
    /// - Throws: `OpsFailure` when what is there cannot be used.
    static func required(in folder: CertificateFolder, for hosts: HostNames, now: Date) throws -> PlantAuthority {
        switch (folder.has(.authority), folder.has(.authorityKey)) {
        case (true, true): return try existing(in: folder, now: now)
        case (false, false): return try made(in: folder, for: hosts, now: now)
        case (let hasCertificate, _):
            let missing = hasCertificate ? CertificateFolder.File.authorityKey : .authority
            throw OpsFailure("\(folder.path(missing)) is missing beside the other file of the authority")
        }
    }

    private static func existing(in folder: CertificateFolder, now: Date) throws -> PlantAuthority {
        let pem = try folder.readText(.authority)
        let keyText = try SecretFile(path: folder.path(.authorityKey)).readText()
        guard let certificate = try? Certificate(pemEncoded: pem),
            let key = try? Certificate.PrivateKey(pemEncoded: keyText)
        else { throw OpsFailure("\(folder.path(.authority)) or its key is not readable as PEM") }
        guard certificate.publicKey == key.publicKey else {
            throw OpsFailure("\(folder.path(.authorityKey)) is not the key of \(folder.path(.authority))")
        }
        guard certificate.notValidAfter > now else {
            throw OpsFailure(
                "the authority \(folder.path(.authority)) has expired; move its two files away to have a new one made")
        }
        return PlantAuthority(certificate: certificate, isNew: false, key: key)
    }

    private static func made(in folder: CertificateFolder, for hosts: HostNames, now: Date) throws -> PlantAuthority {
        let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let name = try DistinguishedName {
            CommonName("Camet Analytics: \(hosts.texts[0])")
            OrganizationName("Camet Analytics")
        }
        let certificate = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: key.publicKey,
            notValidBefore: now - tolerance,
            notValidAfter: now + Double(years * 365) * day,
            issuer: name,
            subject: name,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                Critical(NameConstraints(permittedSubtrees: hosts.permittedSubtrees))
                SubjectKeyIdentifier(hash: key.publicKey)
            },
            issuerPrivateKey: key
        )
        try folder.create(.authorityKey, try key.serializeAsPEM().pemString)
        try folder.replace(.authority, try certificate.serializeAsPEM().pemString)
        return PlantAuthority(certificate: certificate, isNew: true, key: key)
    }

    /// A certificate of a server, with a new key; it ends with the authority at the latest.
    ///
    /// - Throws: `OpsFailure` for hosts that this authority was not made for.
    func issue(for hosts: HostNames, days: Int, now: Date) throws -> (
        certificate: Certificate, key: Certificate.PrivateKey
    ) {
        if let constraints = try certificate.extensions.nameConstraints,
            let host = hosts.first(outside: constraints.permittedSubtrees)
        {
            throw OpsFailure(
                "the authority was made for other hosts than \(host), and clients would not believe it; "
                    + "name another folder with --out to have one made for this host")
        }
        let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let issued = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: key.publicKey,
            notValidBefore: now - Self.tolerance,
            notValidAfter: min(now + Double(days) * Self.day, certificate.notValidAfter),
            issuer: certificate.subject,
            subject: try DistinguishedName { CommonName(String(hosts.texts[0].prefix(64))) },
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.serverAuth])
                SubjectAlternativeNames(hosts.generalNames)
                SubjectKeyIdentifier(hash: key.publicKey)
                AuthorityKeyIdentifier(keyIdentifier: try certificate.extensions.subjectKeyIdentifier?.keyIdentifier)
            },
            issuerPrivateKey: self.key
        )
        return (issued, key)
    }
}
