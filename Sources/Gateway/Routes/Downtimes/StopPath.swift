import Shared

/// The line and the stop that a path names, as far as it does.
struct StopPath: Sendable {
    let line: LineID?
    let event: StopID?

    /// - Throws: `notFound` for a number that none can have, as for one that none has.
    init(_ parameters: [Substring]) throws(Fault) {
        var numbers: [Int64] = []
        for parameter in parameters {
            guard let number = Int64(plain: parameter), (1...Int64(Int32.max)).contains(number) else {
                throw Fault(code: .notFound)
            }
            numbers.append(number)
        }
        line = numbers.first.map { LineID($0) }
        event = numbers.dropFirst().first.map { StopID($0) }
    }
}
