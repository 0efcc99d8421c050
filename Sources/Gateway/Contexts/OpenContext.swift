import HTTPTypes
import NIOCore
import Shared

/// A request that has passed the checks of size, with what a route needs to answer it. Nothing in it says who asks.
struct OpenContext: Sendable {
    var request: Request
    /// The values of the template's parameters, in its order.
    let parameters: [Substring]
    let requestID: String
    let clientAddress: ClientAddress
    /// After it nobody waits for the answer. Of a request with a body it counts from the body's end: see `Services.call`.
    let deadline: NIODeadline
    let language: LanguageCode
    /// Goes into the page's script elements and the policy that allows them.
    var nonce: String
    let bodyLimit: Int
    /// What the body of somebody who is not known takes of the memory there is for those; nil for people who are.
    var bodyShare: StrangersBodies.Share?
}

/// A request of somebody who has been identified and may make it.
///
/// Only the pipeline makes one, after the checks, so a route that needs a tenant cannot be reached without.
struct TenantContext: Sendable {
    let open: OpenContext
    let identity: VerifiedIdentity

    var principal: Principal { identity.principal }
    var tenant: TenantID { identity.principal.tenant }
    var request: Request { open.request }
}
