/// A line of values with commas between them, as RFC 4180 has it: a value with commas, quotation marks or line breaks stands
/// between quotation marks, and those in it are doubled.
package enum CSVLine {
    private static let quote = UInt8(ascii: "\"")

    /// Whether a value that begins in the bytes goes on after them.
    package static func endsInQuotes(_ bytes: ArraySlice<UInt8>) -> Bool {
        var isInQuotes = false
        for byte in bytes where byte == quote { isInQuotes.toggle() }
        return isInQuotes
    }

    /// The values of a line; nil when its quotation marks are not where they may be.
    package static func values(of line: ArraySlice<UInt8>) -> [ArraySlice<UInt8>]? {
        var values: [ArraySlice<UInt8>] = []
        var start = line.startIndex
        while true {
            if start < line.endIndex, line[start] == quote {
                guard let (value, end) = quoted(line, from: start + 1) else { return nil }
                values.append(value)
                if end == line.endIndex { return values }
                guard line[end] == UInt8(ascii: ",") else { return nil }
                start = end + 1
            } else {
                let rest = line[start...]
                let end = rest.firstIndex(of: UInt8(ascii: ",")) ?? line.endIndex
                guard !line[start..<end].contains(quote) else { return nil }
                values.append(line[start..<end])
                if end == line.endIndex { return values }
                start = end + 1
            }
        }
    }

    /// A value from behind its first quotation mark on, and where what follows its last one is; nil when that lacks.
    private static func quoted(_ line: ArraySlice<UInt8>, from start: Int) -> (ArraySlice<UInt8>, Int)? {
        var text: [UInt8] = []
        var part = start
        while let mark = line[part...].firstIndex(of: quote) {
            let next = mark + 1
            if next < line.endIndex, line[next] == quote {
                text.append(contentsOf: line[part...mark])
                part = next + 1
            } else if text.isEmpty {
                return (line[part..<mark], next)
            } else {
                text.append(contentsOf: line[part..<mark])
                return (text[...], next)
            }
        }
        return nil
    }
}
