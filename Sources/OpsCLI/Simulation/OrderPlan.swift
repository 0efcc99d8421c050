import Shared

/// The orders a line works off in one week: one product each, 2 to 10 hours, a changeover before another product.
///
/// Orders follow the clock, not the work: a night without a shift counts too. They are drawn by the week so that a day's
/// orders are known without all the days before it.
struct OrderPlan: Sendable {
    struct Order: Hashable, Sendable {
        let start: Instant
        /// From here on it is made; later than `start` when the line is changed over first.
        let ready: Instant
        let end: Instant
        /// Index of the product.
        let product: Int
    }

    /// Ascending and without gaps from the week's start to its end.
    let orders: [Order]

    /// - Parameters:
    ///   - monday: 00:00 of the week's Monday; `end` that of the next.
    ///   - weights: how often each product is ordered, by its index; not empty.
    init(monday: Instant, end: Instant, weights: [Double], random: SeededRandom) {
        var random = random
        var orders: [Order] = []
        var start = monday
        while start < end {
            let product = Self.pick(weights, &random)
            let length = random.between(2 * 3_600, 10 * 3_600)
            let changeover = random.between(600, 2_100)
            let orderEnd = min(end, start + Int64(length * 1e6))
            let isChange = orders.last.map { $0.product != product } ?? false
            let ready = isChange ? min(orderEnd, start + Int64(changeover * 1e6)) : start
            orders.append(Order(start: start, ready: ready, end: orderEnd, product: product))
            start = orderEnd
        }
        self.orders = orders
    }

    private static func pick(_ weights: [Double], _ random: inout SeededRandom) -> Int {
        var rest = random.between(0, weights.reduce(0, +))
        for (index, weight) in weights.enumerated() {
            rest -= weight
            if rest < 0 { return index }
        }
        return weights.count - 1
    }

    /// The order at an instant of the week.
    func order(at instant: Instant) -> Order? {
        orders.first { $0.start <= instant && instant < $0.end }
    }
}
