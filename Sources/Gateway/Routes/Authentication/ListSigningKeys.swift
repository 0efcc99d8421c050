import HTTPTypes
import Shared

/// GET /.well-known/jwks.json: the keys that access tokens are checked with (RFC 7517, RFC 8037).
struct ListSigningKeys: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/.well-known/jwks.json", "The public keys of access tokens",
            .operation("listSigningKeys", .signIn, "As RFC 7517 has them.", answers: .ok(.signingKeys)),
            rate: .unlimited,
            .open { _ in
                var json = JSONWriter()
                json.object { json in
                    json.key("keys")
                    json.array { json in
                        for key in services.identification.tokens.publicKeys {
                            json.object { json in
                                json.field("kty", "OKP")
                                json.field("crv", "Ed25519")
                                json.field("x", key.x)
                                json.field("kid", key.id)
                                json.field("alg", "EdDSA")
                                json.field("use", "sig")
                            }
                        }
                    }
                }
                return .json(json)
            })
    }
}
