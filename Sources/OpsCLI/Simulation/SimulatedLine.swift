import Shared

/// A line as the simulation sees it.
struct SimulatedLine: Sendable {
    struct Product: Hashable, Sendable {
        let id: Int64
        /// Units per minute at best.
        let rate: Double
    }

    let tenant: String
    let id: Int64
    let code: String
    let calendar: WorkCalendar
    /// In the order of their numbers, at least one.
    let products: [Product]
    /// Where units come in; nil when only the end of the line is watched.
    let input: Int64?
    /// Areas between, in their order.
    let process: [Int64]
    let output: Int64
    /// Nothing is made outside.
    let commissioned: Interval

    var zone: TimeZoneRules { calendar.zone }

    /// The numbers that belong to this line and one more word, the same in every run.
    func random(_ purpose: String, _ word: some CustomStringConvertible) -> SeededRandom {
        SeededRandom(tenant, code, purpose, word.description)
    }

    /// Seconds of running time from the first area to the last, 20 to 55, always the same for the line.
    var transit: Double {
        var random = random("transit", "")
        return random.between(20, 55)
    }

    /// How much slower than at best the line usually runs, 0 to 14 %, always the same for the line.
    var wear: Double {
        var random = random("wear", "")
        return random.between(1, 1.14)
    }

    /// The share of units lost on the way, 1 to 3 %, by line and product.
    func loss(of product: Product) -> Double {
        var random = random("loss", product.id)
        return random.between(0.01, 0.03)
    }

    /// The orders of the week that holds `date`.
    func orders(around date: LocalDate) -> OrderPlan {
        let monday = date.weekStart
        // The first products are ordered most.
        let weights = products.indices.map { 1 / Double($0 + 1) }
        return OrderPlan(
            monday: zone.start(of: monday), end: zone.start(of: monday + 7), weights: weights,
            random: random("orders", monday))
    }
}

/// One unit seen in one area.
struct SimulatedDetection: Hashable, Sendable {
    let at: Instant
    let line: Int64
    let area: Int64
    let product: Int64

    /// Names the detection among those of its line; the same content always has the same name, so that what is sent
    /// again is stored once.
    var eventID: String { "sim-\(at.microseconds)-\(area)-\(product)" }
}
