import HTTPTypes
import Shared

/// The routes whose answers may be compressed.
///
/// An answer that holds a secret beside text of somebody's choosing tells the secret by its compressed length, also under TLS
/// (BREACH). So nothing is compressed unless it is named here, and what is named here holds nothing that lets anybody in: no
/// page with its session's token, no tokens, keys or codes, nothing of /auth, no refusal, which may repeat what was asked.
/// Single objects are left out because their tags are for If-Match, which a compressed answer's weak tag is not good for; the
/// document of the API, which nobody changes, is not one of them.
enum CompressedRoutes {
    private static let reads: Set<String> = [
        "/dashboard/tiles",
        "/dashboard/explanation",
        "/dashboard/detections",
        "/downtimes/board",
        "/andon/data",
        "/shift-board/boards",
        "/api/v1/kpis",
        "/api/v1/explain/kpis",
        "/api/v1/production",
        "/api/v1/downtimes",
        "/api/v1/line-status",
        "/api/v1/detections",
        "/api/v1/layout",
        "/api/v1/filters",
        "/api/v1/filters/{key}/options",
        "/api/v1/openapi.json",
    ]
    private static let lists = Set(MasterDataResource.allCases.map { "/api/v1/\($0.rawValue)" })
    private static let questions: Set<String> = ["/api/v1/dashboard/data"]

    static func contain(_ route: Route) -> Bool {
        switch route.method {
        case .get: reads.contains(route.template) || lists.contains(route.template)
        case .post: questions.contains(route.template)
        default: false
        }
    }
}
