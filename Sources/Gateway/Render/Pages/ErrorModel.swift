/// An error page as its template sees it.
struct ErrorModel {
    /// A parameter of the address and what is wrong with it.
    struct Parameter {
        let name: String
        let message: String
    }

    let page: PageFrame
    let t: TextTree
    let status: String
    let title: String
    let text: String
    let parameters: [Parameter]
    let hasParameters: Bool
    let requestID: String
    /// Seconds after which the page tries again by itself; nil when only a person should.
    let retryAfter: Int?
    let retryBefore: String
    let retryAfterText: String
    let retryAge: String?
    let offersHome: Bool

    init(
        status: Int,
        ofDevice: (title: String, detail: String)?,
        detail: String?,
        parameters: [Parameter],
        requestID: String,
        retryAfter: Int?,
        page: PageFrame,
        _ localisation: Localisation
    ) {
        self.page = page
        t = localisation.tree
        self.requestID = requestID
        self.parameters = parameters
        hasParameters = !parameters.isEmpty
        self.status = localisation.text(.errorStatus, ["status": "\(status)"])
        let wait = max(1, retryAfter ?? 5)
        switch status {
        case 403:
            title = localisation.text(.errorTitle403)
            text = detail ?? localisation.text(.errorText403)
        case 404:
            title = localisation.text(.errorTitle404)
            text = localisation.text(.errorText404)
        case 422 where hasParameters:
            title = localisation.text(.errorTitle422)
            text = localisation.text(.errorText422)
        case 429:
            title = localisation.text(.errorTitle429)
            text = localisation.text(.errorText429, ["wait": localisation.duration(seconds: Double(wait))])
        case 503, 504:
            title = localisation.text(.errorTitle503)
            text = localisation.text(.errorText503)
        default:
            title = ofDevice?.title ?? localisation.text(.errorTitleOther)
            text = detail ?? localisation.text(.errorTextOther)
        }
        let retries = status == 503 || status == 504 || status == 429
        self.retryAfter = retries ? wait : nil
        retryAge = retries ? localisation.age(seconds: Double(wait)) : nil
        (retryBefore, retryAfterText) = localisation.halves(.errorRetrying, around: "wait")
        offersHome = !retries && ofDevice == nil
    }
}

/// The page without a server as its template sees it.
struct OfflineModel {
    let page: PageFrame
    let t: TextTree
}
