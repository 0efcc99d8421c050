import ManufacturingKPI
import PostgresClient
import Shared

extension LineQuestions {
    /// The listed stops of a question's period by start, with the numbers they are stored under and the changes of
    /// product that suggest a cause.
    func list(_ question: LineQuestion) async throws -> [Stop] {
        var listed = try await listWithoutChangeovers(question)
        try await suggestChangeovers(of: &listed, question)
        return listed
    }

    /// The listed stops of a question's period by start, with the numbers they are stored under.
    ///
    /// - Parameter newest: at most so many, the latest; nil: all.
    func listWithoutChangeovers(_ question: LineQuestion, newest: Int? = nil) async throws -> [Stop] {
        var listed = question.facts.stops.stops(planned: question.time.planned, newest: newest)
        guard let first = listed.first else { return [] }
        let known = try await stops.stops(
            of: question.line.id, from: first.interval.start, now: now, deadline: deadline)
        for index in listed.indices {
            listed[index].id = known.number(of: listed[index], isExact: question.isHypothetical)
        }
        return listed
    }

    /// Notes the change of product over each of some stops of a question.
    func suggestChangeovers(of listed: inout [Stop], _ question: LineQuestion) async throws {
        guard !listed.isEmpty, let (products, lost) = try await products(around: listed, question) else { return }
        for index in listed.indices where !listed[index].isOngoing {
            let interval = listed[index].interval
            if lost.contains(interval.start) || lost.contains(interval.end) { continue }
            listed[index].suggestedChangeover = products.changeover(over: interval)
        }
    }

    /// The stop that still runs, with the number it is stored under.
    func ongoing(_ question: LineQuestion) async throws -> Stop? {
        // No stop begins after one that still runs.
        let newest = question.facts.stops.stops(planned: question.time.planned, newest: 1)
        guard var stop = newest.first, stop.isOngoing else { return nil }
        let known = try await stops.stops(of: question.line.id, from: stop.interval.start, now: now, deadline: deadline)
        stop.id = known.number(of: stop, isExact: question.isHypothetical)
        return stop
    }

    /// The product that the line's first area saw last before each stop and first after it.
    ///
    /// Taken from the counted minutes around the stops, as far as those are at hand. Only where a minute next to a stop saw
    /// several products are its rows read, and of them the one wanted; what is archived of those is lost.
    private func products(
        around stops: [Stop], _ question: LineQuestion
    ) async throws -> (products: ProductRuns, lost: Set<Instant>)? {
        guard let area = model.areas(of: question.line.id).first(where: \.isActive) else { return nil }
        let column = question.timeline.series.filter { $0.area == area.id }
        guard column.count > 1 else { return nil }
        let minutes = ProductMinutes(column: column)
        var edges: [ProductEdge] = []
        for stop in stops where !stop.isOngoing {
            edges.append(minutes.product(before: stop.interval.start))
            edges.append(minutes.product(after: stop.interval.end))
        }
        var lost: Set<Instant> = []
        let unclear = edges.indices.filter { edges[$0].isUnclear }
        if !unclear.isEmpty {
            let found = try await FindProductsAtEdges.read(
                pool.query(
                    FindProductsAtEdges.statement(question.line.id, area.id, unclear.map { edges[$0] }),
                    deadline: deadline
                ))
            for (index, row) in zip(unclear, found) {
                edges[index].product = row.isArchived ? nil : row.product
                if row.isArchived { lost.insert(edges[index].instant) }
            }
        }
        let known = edges.compactMap { edge in edge.product.map { (edge.instant, $0) } }
        let instants = known.map { $0.0.microseconds }
        return (ProductRuns(products: known.map { $0.1 }, first: instants, last: instants), lost)
    }
}

/// One side of a stop: where the product before or after it is looked for.
struct ProductEdge: Sendable {
    var instant: Instant
    var isBefore: Bool
    var product: ProductID?
    /// The minutes whose rows tell what their counts do not, nearest first; at most two, none when the counts tell.
    var unclearMinutes: [Int64] = []

    var isUnclear: Bool { !unclearMinutes.isEmpty }
}

/// The counted minutes of one area, a series for each product.
struct ProductMinutes {
    let column: [MinuteSeries]
    private let first: Int64
    private let end: Int64

    init(column: [MinuteSeries]) {
        self.column = column
        first = column.map(\.base).min() ?? 0
        end = column.map { $0.base + Int64($0.count) }.max() ?? 0
    }

    /// The product of the last detection at an instant or before it.
    func product(before instant: Instant) -> ProductEdge {
        let near = lastMinute(notAfter: instant.minute)
        // In the minute of the instant itself some may come after it, or all: then the one before that tells.
        let far = near.flatMap { $0 == instant.minute ? lastMinute(notAfter: $0 - 1) : nil }
        return edge(at: instant, isBefore: true, near, far)
    }

    /// The product of the first detection at an instant or after it.
    func product(after instant: Instant) -> ProductEdge {
        let near = firstMinute(notBefore: instant.minute)
        let isCut = instant.microseconds % Instant.microsecondsPerMinute != 0
        let far = near.flatMap { $0 == instant.minute && isCut ? firstMinute(notBefore: $0 + 1) : nil }
        return edge(at: instant, isBefore: false, near, far)
    }

    private func edge(at instant: Instant, isBefore: Bool, _ near: Int64?, _ far: Int64?) -> ProductEdge {
        var edge = ProductEdge(instant: instant, isBefore: isBefore)
        let minutes = [near, far].compactMap { $0 }
        let products = minutes.map { onlyProduct(in: $0) }
        if let product = products.first, products.allSatisfy({ $0 == product }), product != nil,
            minutes.count == 2 || near != instant.minute || !isBefore
        {
            edge.product = product
        } else {
            edge.unclearMinutes = minutes
        }
        return edge
    }

    private func total(_ from: Int64, _ to: Int64) -> Int {
        column.reduce(0) { $0 + $1.detections(fromMinute: from, to: to) }
    }

    private func onlyProduct(in minute: Int64) -> ProductID? {
        let seen = column.filter { $0.detections(fromMinute: minute, to: minute + 1) > 0 }
        return seen.count == 1 ? seen[0].product : nil
    }

    // The minute looked for is nearly always one of the nearest: the stretch looked at doubles until it has it.

    private func lastMinute(notAfter last: Int64) -> Int64? {
        let last = min(last, end - 1)
        var length: Int64 = 1
        while last - length + 1 > first, total(last - length + 1, last + 1) == 0 { length *= 2 }
        var low = max(first, last - length + 1)
        guard low <= last, total(low, last + 1) > 0 else { return nil }
        var high = last
        while low < high {
            let middle = low + (high - low + 1) / 2
            if total(middle, last + 1) > 0 { low = middle } else { high = middle - 1 }
        }
        return low
    }

    private func firstMinute(notBefore start: Int64) -> Int64? {
        let start = max(start, first)
        var length: Int64 = 1
        while start + length < end, total(start, start + length) == 0 { length *= 2 }
        var high = min(end, start + length) - 1
        guard start <= high, total(start, high + 1) > 0 else { return nil }
        var low = start
        while low < high {
            let middle = low + (high - low) / 2
            if total(start, middle + 1) > 0 { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
