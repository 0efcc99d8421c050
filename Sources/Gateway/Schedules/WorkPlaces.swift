import Shared

/// Who is at scheduled work now: so many pieces at one time, and of those that failed the last time at most half as
/// many, so that tenants whose database hangs hold up nobody else.
struct WorkPlaces {
    struct Piece: Hashable, Sendable {
        var tenant: TenantID
        var work: ScheduledWork
    }

    private let most: Int
    /// With whether it failed the last time.
    private var taken: [Piece: Bool] = [:]

    /// - Parameter most: 1 or more.
    init(most: Int) {
        self.most = most
    }

    var free: Int { most - taken.count }

    /// Of them, those for work that failed the last time.
    var freeForFailed: Int { min(free, max(1, most / 2) - taken.values.count(where: { $0 })) }

    var pieces: [Piece] { Array(taken.keys) }

    mutating func take(_ piece: Piece, hasFailed: Bool) {
        taken[piece] = hasFailed
    }

    mutating func giveBack(_ piece: Piece) {
        taken[piece] = nil
    }
}
