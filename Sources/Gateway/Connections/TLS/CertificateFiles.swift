import Foundation
import Identity
import NIOCore
import NIOSSL
import Shared

/// Where the certificate that the server shows is, with those that vouch for it, and where its key is; both are PEM.
struct CertificateFiles: Sendable {
    let certificate: String
    let key: String

    /// ALPN's names of the protocols spoken over TLS, in order of preference.
    static let protocols = [http2, "http/1.1"]
    static let http2 = "h2"

    /// With TLS 1.2; those of TLS 1.3 are all sound. Forward secrecy and authenticated encryption only.
    private static let cipherSuites: [NIOTLSCipher] = [
        .TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, .TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        .TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, .TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        .TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, .TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ]

    /// As the files are now. Waits for the disk, as `context` does.
    var stamp: [FileStamp?] { [FileStamp(path: certificate), FileStamp(path: key)] }

    /// TLS with what the files say now.
    ///
    /// - Throws: `UnusableCertificate` when they cannot be read, do not belong together, or not to this time.
    func context(at now: Instant) throws(UnusableCertificate) -> NIOSSLContext {
        let chain = try chain()
        guard let leaf = chain.first else {
            throw UnusableCertificate("the certificate \(certificate) holds none")
        }
        let second = Int(now.microseconds / Instant.microsecondsPerSecond)
        if second < leaf.notValidBefore { throw UnusableCertificate("the certificate \(certificate) is not valid yet") }
        if second > leaf.notValidAfter { throw UnusableCertificate("the certificate \(certificate) has expired") }
        let bytes = try read(key, "key")
        let privateKey: NIOSSLPrivateKey
        do {
            privateKey = try NIOSSLPrivateKey(bytes: bytes, format: .pem)
        } catch {
            throw UnusableCertificate("\(key) is no private key in PEM without a password")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(privateKey))
        configuration.minimumTLSVersion = .tlsv12
        configuration.cipherSuiteValues = Self.cipherSuites
        configuration.applicationProtocols = Self.protocols
        // How long the end of TLS on the other side is waited for, when a connection is closed.
        configuration.shutdownTimeout = .seconds(1)
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw UnusableCertificate("the key \(key) does not belong to the certificate \(certificate)")
        }
    }

    private func chain() throws(UnusableCertificate) -> [NIOSSLCertificate] {
        let bytes = try read(certificate, "certificate")
        do {
            return try NIOSSLCertificate.fromPEMBytes(bytes)
        } catch {
            throw UnusableCertificate("\(certificate) is no certificate in PEM")
        }
    }

    private func read(_ path: String, _ what: String) throws(UnusableCertificate) -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw UnusableCertificate("the \(what) \(path) cannot be read")
        }
        return Array(data)
    }
}

/// Why TLS cannot be spoken with a certificate and a key; for the operator, with their paths.
struct UnusableCertificate: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
