import HTTPTypes
import Identity
import NIOCore
import Shared

/// The document of the API (OpenAPI 3.1), made once at start from the route table.
struct OpenAPIDocument: Sendable {
    /// In the order of the route table.
    let operations: [DocumentedOperation]
    /// The schemas that have a name.
    let schemas: [SchemaWriter.Named]
    let bytes: ByteBuffer
    let entityTag: String

    init(_ routes: [Route]) {
        operations = routes.compactMap(DocumentedOperation.init)
        var writer = OpenAPIWriter()
        bytes = ByteBuffer(bytes: writer.document(of: operations))
        schemas = writer.schemas.named
        entityTag = String(ContentDigest.sha256Text(Array(buffer: bytes)).prefix(16))
    }
}
