package import NIOCore

/// The statements whose runs took longest since the worker started. The answer's body is a `SlowStatements`.
package struct ListSlowStatements: WorkerCall {
    package static let kind = CallKind.listSlowStatements
    package var mayBeRepeated: Bool { true }

    package init() {}

    package func write(to buffer: inout ByteBuffer) {}

    package init(from buffer: inout ByteBuffer) throws(WireError) {}
}

/// Statements, that with the longest run first.
package struct SlowStatements: Equatable, Sendable {
    /// How many are told, at most.
    package static let most = 10

    package var statements: [SlowStatement]

    package init(_ statements: [SlowStatement]) {
        self.statements = statements
    }
}

/// What the runs of one statement took. Its name is a literal of the program; no values are in it.
package struct SlowStatement: Equatable, Sendable {
    package var name: String
    package var runs: UInt64
    /// Runs that were logged as slow.
    package var slowRuns: UInt64
    package var totalMicroseconds: UInt64
    package var longestMicroseconds: UInt64
    /// What the longest run gave or touched; nil when it failed.
    package var rowsOfLongest: UInt64?

    package init(
        name: String,
        runs: UInt64,
        slowRuns: UInt64,
        totalMicroseconds: UInt64,
        longestMicroseconds: UInt64,
        rowsOfLongest: UInt64?
    ) {
        self.name = name
        self.runs = runs
        self.slowRuns = slowRuns
        self.totalMicroseconds = totalMicroseconds
        self.longestMicroseconds = longestMicroseconds
        self.rowsOfLongest = rowsOfLongest
    }
}

extension SlowStatements: WireValue {
    package func write(to buffer: inout ByteBuffer) {
        buffer.writeWireList(statements) { $1.write(to: &$0) }
    }

    package init(from buffer: inout ByteBuffer) throws(WireError) {
        statements = try buffer.readWireList { (buffer) throws(WireError) in try SlowStatement(from: &buffer) }
    }
}

extension SlowStatement: WireValue {
    package func write(to buffer: inout ByteBuffer) {
        buffer.writeWireString(name)
        buffer.writeMultipleIntegers(runs, slowRuns, totalMicroseconds, longestMicroseconds)
        buffer.writeWireOptional(rowsOfLongest) { $0.writeInteger($1) }
    }

    package init(from buffer: inout ByteBuffer) throws(WireError) {
        name = try buffer.readWireString()
        runs = try buffer.readWireInteger()
        slowRuns = try buffer.readWireInteger()
        totalMicroseconds = try buffer.readWireInteger()
        longestMicroseconds = try buffer.readWireInteger()
        rowsOfLongest = try buffer.readWireOptional { (buffer) throws(WireError) in try buffer.readWireInteger() }
    }
}
