/// What a PIN of a station may be: short enough for gloves, and none of those that are tried first.
package enum StationPIN {
    static let lengths = 4...8

    package enum Fault: Hashable, Sendable {
        case notDigits
        case tooShort
        case tooLong
        case tooSimple
    }

    /// What is wrong with a PIN; nil: nothing.
    static func fault(in pin: String) -> Fault? {
        let digits = pin.utf8.map { Int($0) - 48 }
        if !digits.allSatisfy((0...9).contains) { return .notDigits }
        if digits.count < lengths.lowerBound { return .tooShort }
        if digits.count > lengths.upperBound { return .tooLong }
        return isSimple(digits) ? .tooSimple : nil
    }

    /// Whether it goes on as it begins: 0000, 1212, 1234, 9876, 7890.
    private static func isSimple(_ digits: [Int]) -> Bool {
        let steps = zip(digits, digits.dropFirst()).map { ($1 - $0 + 10) % 10 }
        if steps.allSatisfy({ $0 == 1 }) || steps.allSatisfy({ $0 == 9 }) { return true }
        return zip(digits, digits.dropFirst(2)).allSatisfy { $0 == $1 }
    }
}
