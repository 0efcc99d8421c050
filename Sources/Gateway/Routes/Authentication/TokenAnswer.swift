import Shared

extension Response {
    /// The pair of tokens a sign-in gives.
    static func tokens(_ pair: SignIn.TokenPair) -> Response {
        var json = JSONWriter()
        json.object { json in
            json.field("access_token", pair.accessToken)
            json.field("token_type", "Bearer")
            json.field("expires_in", AccessTokens.lifetimeSeconds)
            json.field("refresh_token", pair.refreshToken)
        }
        return .json(json)
    }
}

extension OpenContext {
    /// The refusal that asks for the second factor.
    func otpRequired(_ challenge: SignIn.Challenge, _ services: Services) -> Response {
        ProblemDocument(
            fault: Fault(code: .otpRequired),
            requestID: requestID,
            language: language,
            texts: services.pages.faultTexts,
            challenge: challenge
        ).response
    }
}
