import Shared

/// What the routes of signing in and of keys answer.
extension JSONShape {
    static let tokens = JSONShape.object([
        "access_token": text, "token_type": words(["Bearer"]), "expires_in": count, "refresh_token": text,
    ]).named("Tokens")

    /// GET /auth/me.
    static let myself = JSONShape.object([
        "user": object([
            "user_id": id, "username": text, "email": text, "locale": words(of: LanguageCode.self).orNull,
            "two_factor": boolean,
        ]),
        "tenant": object(["tenant_id": id, "slug": text, "name": text, "timezone": text]).orNull,
        "role": words(of: Role.self), "permissions": .list(words(of: Permission.self)),
        "memberships": .list(object(["slug": text, "name": text, "role": words(of: Role.self).orNull])),
    ]).named("Myself")

    /// GET /.well-known/jwks.json.
    static let signingKeys = JSONShape.object([
        "keys": .list(
            object([
                "kty": words(["OKP"]), "crv": words(["Ed25519"]), "x": text, "kid": text, "alg": words(["EdDSA"]),
                "use": words(["sig"]),
            ]))
    ]).named("SigningKeys")

    static let apiKey = JSONShape.object([
        "api_key_id": id, "public_id": text, "name": text, "scopes": .list(words(of: KeyScope.self)),
        "addresses": .list(text).orNull, "expires_at": instant.orNull, "created_at": instant,
        "last_used_at": instant.orNull,
    ]).named("APIKey")

    /// The only answer that has the key itself.
    static let newAPIKey = apiKey.with(.object(["api_key": text.described("The key, shown this once.")]))
        .named("NewAPIKey")
}
