import Shared

/// Whoever a request was made by, once the gateway has made sure of it.
struct VerifiedIdentity: Sendable {
    /// How the request proved it.
    enum Proof: Sendable {
        case accessToken
        case apiKey
        /// A page's cookie. Every method but GET and HEAD then needs the session's CSRF token.
        case pageSession(csrfToken: String)
        /// The cookie of a screen or tablet, which needs a token of its own as a page's does.
        case device(csrfToken: String)
        /// A PIN typed at a station a moment ago, beside the station's own cookie.
        case stationTurn

        enum Kind {
            case accessToken, apiKey, pageSession, device, stationTurn
        }

        var kind: Kind {
            switch self {
            case .accessToken: .accessToken
            case .apiKey: .apiKey
            case .pageSession: .pageSession
            case .device: .device
            case .stationTurn: .stationTurn
            }
        }
    }

    var principal: Principal
    var proof: Proof
    /// The family of tokens or the page session; ended by signing out. Nil for API keys.
    var session: SessionID?
    /// Where the credential may be used from; nil: from anywhere.
    var networks: [NetworkRange]?
    /// What an API key is called outside; nil for users.
    var publicKeyID: String?
    /// The screen or tablet that asks, or at which the person does; nil elsewhere.
    var device: EnrolledDevice?
    /// Whether the person's role needs a second factor here and he has none: he may do nothing but enrol one.
    var mustEnrol = false

    /// What forms and scripts of a page have to send beside its cookie; nil where no cookie signs.
    var csrfToken: String? {
        switch proof {
        case .pageSession(let token), .device(let token): token
        case .accessToken, .apiKey, .stationTurn: nil
        }
    }

    /// Whether the credential may be used from an address; nil is a socket of this machine.
    func mayComeFrom(_ address: NetworkAddress?) -> Bool {
        guard let networks else { return true }
        return address.map { address in networks.contains { $0.contains(address) } } ?? false
    }
}

/// The family of refresh tokens, or the page session, that a sign-in began: the claim `sid`.
struct SessionID: Hashable, Sendable, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
