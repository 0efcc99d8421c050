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

    /// A screen or tablet of the shop floor.
    static let device = JSONShape.object([
        "device_id": id, "kind": words(of: DeviceKind.self), "name": text, "line_ids": .list(id),
        "plant_ids": .list(id).described(
            "The plants its lines stood in when they were chosen; it does not show a line that was moved to another."),
        "look": words(of: Theme.self), "language": words(of: LanguageCode.self),
        "alarm_after_seconds": count.orNull, "holds_stopped": boolean,
        "created_at": instant, "expires_at": instant.orNull,
        "revoked_at": instant.orNull.described("When it was revoked; null: it was not."),
        "last_used_at": instant.orNull,
    ]).named("Device")

    /// The only answers that have the link.
    static let newDevice = device.with(
        .object([
            "device_token": text.described("What the link ends with, shown this once."),
            "link": text.described("Makes the browser that opens it this device; shown this once."),
        ])
    ).named("NewDevice")

    /// The only answer that has the key itself.
    static let newAPIKey = apiKey.with(.object(["api_key": text.described("The key, shown this once.")]))
        .named("NewAPIKey")
}
