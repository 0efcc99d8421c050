import HTTPTypes
import Shared

extension FaultCode {
    /// The one place where codes become statuses.
    var status: HTTPResponse.Status {
        switch self {
        case .invalidJSON, .malformedRequest: .badRequest
        case .unauthorized, .deviceNotEnrolled, .turnOver, .invalidCredentials, .otpRequired, .invalidCode:
            .unauthorized
        case .forbidden, .csrfFailed, .notAMember, .tenantSuspended, .reauthRequired, .twoFactorRequired,
            .wrongPIN:
            .forbidden
        case .notFound: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .notAcceptable: .notAcceptable
        case .requestTimeout: .requestTimeout
        case .conflict, .alreadyExists, .idempotencyConflict, .overlappingStop, .usernameTaken, .lastAdmin: .conflict
        case .preconditionFailed: .preconditionFailed
        case .bodyTooLarge: .contentTooLarge
        case .uriTooLong: .uriTooLong
        case .upgradeRequired: .upgradeRequired
        case .unsupportedMediaType: .unsupportedMediaType
        case .invalid: .unprocessableContent
        case .tooManyAttempts, .rateLimited: .tooManyRequests
        case .headersTooLarge: .requestHeaderFieldsTooLarge
        case .internal: .internalServerError
        case .workerStarting, .workerBackoff, .workerDraining, .databaseUnavailable, .storageFull, .outcomeUnknown,
            .overloaded, .smsUnavailable:
            .serviceUnavailable
        case .deadlineExceeded: .gatewayTimeout
        }
    }
}
