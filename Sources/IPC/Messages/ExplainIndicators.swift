package import NIOCore
package import Shared

/// What the key figures of lines over a period are made of.
package struct ExplainIndicators: WorkerCall {
    package static let kind = CallKind.explainIndicators
    package var mayBeRepeated: Bool { true }

    package var query: AnalysisQuery

    package init(query: AnalysisQuery) {
        self.query = query
    }

    package func write(to buffer: inout ByteBuffer) {
        query.write(to: &buffer)
    }

    package init(from buffer: inout ByteBuffer) throws(WireError) {
        query = try AnalysisQuery(from: &buffer)
    }
}
