package enum FaultCode: String, Sendable { case notFound = "not_found", overloaded, bodyTooLarge = "body_too_large", internalError = "internal" }
package enum ParameterFaultCode: String, Sendable { case required }
package struct ParameterFault: Sendable, Equatable { package var parameter: String; package var code: ParameterFaultCode; package var limit: String?
 package init(parameter: String, code: ParameterFaultCode, limit: String? = nil) { self.parameter = parameter; self.code = code; self.limit = limit } }
package struct Fault: Error, Equatable, Sendable { package var code: FaultCode; package var parameters: [ParameterFault]; package var retryAfterSeconds: Int?
 package init(code: FaultCode, parameters: [ParameterFault] = [], retryAfterSeconds: Int? = nil) { self.code = code; self.parameters = parameters; self.retryAfterSeconds = retryAfterSeconds } }
package enum MasterDataResource: String, CaseIterable, Sendable { case plants }
