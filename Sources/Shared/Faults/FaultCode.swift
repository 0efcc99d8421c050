/// Why a request was refused or failed, as machines read it: the `code` of a problem document.
package enum FaultCode: String, CaseIterable, Sendable {
    case unauthorized
    /// Of a page for devices: the browser is none, or none any more.
    case deviceNotEnrolled = "device_not_enrolled"
    /// Of a station: nobody has typed his PIN there, or it is too long ago.
    case turnOver = "turn_over"
    /// Of a station: a person's PIN is wrong, or there is none.
    case wrongPIN = "wrong_pin"
    case invalidCredentials = "invalid_credentials"
    case otpRequired = "otp_required"
    /// Of the second factor: whatever is wrong with the code or with the ticket it comes with.
    case invalidCode = "invalid_code"
    case twoFactorRequired = "two_factor_required"
    case forbidden
    case csrfFailed = "csrf_failed"
    case notAMember = "not_a_member"
    case tenantSuspended = "tenant_suspended"
    case notFound = "not_found"
    case methodNotAllowed = "method_not_allowed"
    case notAcceptable = "not_acceptable"
    case tooManyAttempts = "too_many_attempts"
    case rateLimited = "rate_limited"
    case invalid
    case invalidJSON = "invalid_json"
    /// The message itself is no HTTP.
    case malformedRequest = "malformed_request"
    /// What is asked for is spoken in another protocol, which the client did not ask for.
    case upgradeRequired = "upgrade_required"
    case unsupportedMediaType = "unsupported_media_type"
    case bodyTooLarge = "body_too_large"
    case uriTooLong = "uri_too_long"
    case headersTooLarge = "headers_too_large"
    case requestTimeout = "request_timeout"
    case deadlineExceeded = "deadline_exceeded"
    case workerStarting = "worker_starting"
    case workerBackoff = "worker_backoff"
    case workerDraining = "worker_draining"
    case databaseUnavailable = "database_unavailable"
    case storageFull = "storage_full"
    case outcomeUnknown = "outcome_unknown"
    case preconditionFailed = "precondition_failed"
    case conflict
    case alreadyExists = "already_exists"
    case idempotencyConflict = "idempotency_conflict"
    case overlappingStop = "overlapping_stop"
    case usernameTaken = "username_taken"
    case lastAdmin = "last_admin"
    /// The password is needed anew, and was left out or wrong.
    case reauthRequired = "reauth_required"
    case overloaded
    case smsUnavailable = "sms_unavailable"
    case `internal`
}

/// What is wrong with one parameter: the `code` inside `errors` of a problem document.
package enum ParameterFaultCode: String, CaseIterable, Sendable {
    case required
    case unknownField = "unknown_field"
    case duplicateField = "duplicate_field"
    case duplicateValue = "duplicate_value"
    case invalidType = "invalid_type"
    case invalidFormat = "invalid_format"
    case outOfRange = "out_of_range"
    case tooLong = "too_long"
    case tooShort = "too_short"
    case tooMany = "too_many"
    case blank
    case unknownID = "unknown_id"
    case notAllowed = "not_allowed"
    case alreadyExists = "already_exists"
    case invalidTime = "invalid_time"
    case futureTime = "future_time"
    case invalidZone = "invalid_zone"
    case periodTooLong = "period_too_long"
    case endsBeforeStart = "ends_before_start"
    case unknownLine = "unknown_line"
    case unknownArea = "unknown_area"
    case unknownProduct = "unknown_product"
    case invalidRow = "invalid_row"
    case conflictingEvent = "conflicting_event"
    /// Of detections: of more months of the past than one request may begin.
    case tooManyMonths = "too_many_months"
    case archivedDetail = "archived_detail"
    /// Of a password: the user's own name or e-mail.
    case containsName = "contains_name"
    /// Of a password: what is tried first.
    case tooCommon = "too_common"
    case wrongCode = "wrong_code"
    /// Of a PIN: what is tried first.
    case tooSimple = "too_simple"
}
