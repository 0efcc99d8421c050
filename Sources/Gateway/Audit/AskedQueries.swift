import Shared

/// A question about a tenant's data, as a person asked it.
struct AskedQuery: Hashable, Sendable {
    static let longest = 2_000

    let user: UserID
    let tenant: TenantID
    /// Method and template of the path.
    let route: String
    /// As in the address, or the JSON of the body; cut when it is long.
    let query: String

    init(user: UserID, tenant: TenantID, route: String, query: String) {
        self.user = user
        self.tenant = tenant
        self.route = route
        self.query = query.utf8.count <= Self.longest ? query : String(query.unicodeScalars.prefix(Self.longest))
    }
}

/// Questions since they were written last: equal ones of one person together, and only so many different ones.
struct AskedQueries: Sendable {
    /// Different ones in memory, at most: some 20 MB when all are as long as they may be.
    static let most = 10_000

    struct Count: Sendable {
        var firstAt: Instant
        var times: Int32
        /// Of all times together.
        var microseconds: Int64
        /// Of the last answer; nil where it was sent as it was made.
        var answerBytes: Int64?
    }

    private(set) var counts: [AskedQuery: Count] = [:]
    /// How many were asked and not kept.
    private(set) var lost = 0

    var isEmpty: Bool { counts.isEmpty && lost == 0 }

    mutating func note(_ query: AskedQuery, at now: Instant, microseconds: Int64, answerBytes: Int64?) {
        add(query, Count(firstAt: now, times: 1, microseconds: microseconds, answerBytes: answerBytes))
    }

    /// Takes back what could not be written.
    mutating func add(_ earlier: [(key: AskedQuery, value: Count)]) {
        for (query, count) in earlier { add(query, count) }
    }

    private mutating func add(_ query: AskedQuery, _ count: Count) {
        if let index = counts.index(forKey: query) {
            counts.values[index].firstAt = min(counts.values[index].firstAt, count.firstAt)
            counts.values[index].times += count.times
            counts.values[index].microseconds += count.microseconds
            counts.values[index].answerBytes = count.answerBytes
        } else if counts.count < Self.most {
            counts[query] = count
        } else {
            lost += Int(count.times)
        }
    }
}
