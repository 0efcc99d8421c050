import HTTPTypes
import NIOCore
import NIOHTTP1
import Shared

/// Whole answers to what never became a request: its head came too slowly, or was no HTTP.
///
/// They carry, count and log what every answer does.
struct ConnectionRefusals: Sendable {
    let texts: FaultTexts
    let metrics: RequestMetrics
    let accessLog: AccessLog
    let clock: @Sendable () -> Instant

    /// - Parameter head: as far as it is known.
    func answer(_ code: FaultCode, to head: HTTPRequestHead?, of client: ClientAddress) -> (
        HTTPResponseHead, ByteBuffer
    ) {
        let given = head?.headers.first(name: "X-Request-Id").flatMap { RequestID.isWellFormed($0) ? $0 : nil }
        let requestID = given ?? RequestID.random()
        let accepted = head?.headers.first(name: "Accept-Language")
        let document = ProblemDocument(
            fault: Fault(code: code),
            requestID: requestID,
            language: accepted.flatMap(LanguageCode.init(acceptLanguage:)) ?? .spanish,
            texts: texts
        )
        let content = document.content
        var fields: HTTPFields = [
            .contentType: ProblemDocument.mediaType,
            .contentLength: String(content.readableBytes),
            .connection: "close",
            .requestID: requestID,
            .processTime: "0.000",
            .serverTiming: "total;dur=0.000",
        ]
        SecurityHeaders.add(to: &fields, pageNonce: nil)
        metrics.count(route: nil, status: code.status.code, microseconds: 0)
        accessLog.write(
            at: clock(),
            requestID: requestID,
            client: client,
            method: "",
            template: "none",
            status: code.status.code,
            microseconds: 0,
            tenant: nil
        )
        return (
            HTTPResponseHead(
                version: .http1_1,
                status: HTTPResponseStatus(statusCode: code.status.code),
                headers: HTTPHeaders(fields.map { ($0.name.rawName, $0.value) })
            ), content
        )
    }
}
