package import Shared

/// Which product the line's first area saw, run by run: detections of one product with no other between them.
///
/// Columns in order of (detected_at, detection_id); first and last detection of each run in microseconds.
package struct ProductRuns: Sendable {
    package let products: [ProductID]
    package let first: [Int64]
    package let last: [Int64]

    /// - Precondition: columns of equal length, `first` and `last` ascending, `first <= last` in every run.
    package init(products: [ProductID], first: [Int64], last: [Int64]) {
        precondition(products.count == first.count && first.count == last.count, "run columns differ in length")
        self.products = products
        self.first = first
        self.last = last
    }

    /// The change of product over a stop, or nil when there is none or one side is unknown.
    package func changeover(over interval: Interval) -> Changeover? {
        let before = Self.countOfLeading(first) { $0 <= interval.start.microseconds }
        let after = Self.countOfLeading(last) { $0 < interval.end.microseconds }
        guard before > 0, after < products.count, products[before - 1] != products[after] else { return nil }
        return Changeover(from: products[before - 1], to: products[after])
    }

    /// How many leading elements of an ascending column satisfy a condition that once false stays false.
    private static func countOfLeading(_ column: [Int64], _ holds: (Int64) -> Bool) -> Int {
        var low = 0
        var high = column.count
        while low < high {
            let middle = (low + high) / 2
            if holds(column[middle]) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }
}
