package import NIOCore
package import Shared

/// What the key figures of lines over a period are made of.
package struct ExplainIndicators: WorkerCall {
    package static let kind = CallKind.explainIndicators
    package var mayBeRepeated: Bool { true }

    package var query: AnalysisQuery
    /// Whether of each line all is told; otherwise only its figures, for whoever shows many lines.
    package var isWhole: Bool

    package init(query: AnalysisQuery, isWhole: Bool = true) {
        self.query = query
        self.isWhole = isWhole
    }

    package func write(to buffer: inout ByteBuffer) {
        query.write(to: &buffer)
        buffer.writeInteger(UInt8(isWhole ? 1 : 0))
    }

    package init(from buffer: inout ByteBuffer) throws(WireError) {
        query = try AnalysisQuery(from: &buffer)
        // An older gateway does not say, and wants all.
        isWhole = buffer.readableBytes == 0 ? true : try buffer.readWireInteger(as: UInt8.self) != 0
    }
}
