import Foundation
package import Shared

/// Where a person is signed in, as the account page tells it.
package struct AccountSessions: Sendable {
    /// One sign-in that holds.
    package struct Session: Sendable {
        package var id: String
        /// Whether it is of pages, and not of a program with tokens.
        package var isOfPages: Bool
        /// Whether it is the one that asks for the page.
        package var isCurrent: Bool
        package var tenantName: String
        /// Nil: this machine, or not known.
        package var address: String?
        package var userAgent: String?
        package var begunAt: Instant
        package var lastUsedAt: Instant

        package init(
            id: String,
            isOfPages: Bool,
            isCurrent: Bool,
            tenantName: String,
            address: String?,
            userAgent: String?,
            begunAt: Instant,
            lastUsedAt: Instant
        ) {
            self.id = id
            self.isOfPages = isOfPages
            self.isCurrent = isCurrent
            self.tenantName = tenantName
            self.address = address
            self.userAgent = userAgent
            self.begunAt = begunAt
            self.lastUsedAt = lastUsedAt
        }
    }

    /// The newest first, a page of them.
    package var shown: [Session]
    /// Whether these are not the newest.
    package var isContinued: Bool
    /// Where the next page begins; nil when this is the last.
    package var next: String?
    /// When they were read.
    package var now: Instant

    package init(shown: [Session], isContinued: Bool = false, next: String? = nil, now: Instant) {
        self.shown = shown
        self.isContinued = isContinued
        self.next = next
        self.now = now
    }
}

/// `AccountSessions` as its template sees it.
struct AccountSessionsModel {
    struct Row {
        let id: String
        let isCurrent: Bool
        let device: String
        let kind: String
        let tenantName: String
        let from: String
        /// For programs; the text is for people.
        let begunAt: String
        /// What stands before and after the time of `begun`.
        let begunBefore: String
        let begun: String
        let begunAfter: String
        let used: String
    }

    /// What is used so short a time ago is in use: it is known to the minute.
    private static let secondsInUse = 120.0

    let rows: [Row]
    let hasOthers: Bool
    let isContinued: Bool
    let next: String?
    let failure: String?

    init(_ sessions: AccountSessions, failure: String?, _ localisation: Localisation) {
        rows = sessions.shown.map { Self.row($0, now: sessions.now, localisation) }
        hasOthers = sessions.isContinued || sessions.next != nil || sessions.shown.contains { !$0.isCurrent }
        isContinued = sessions.isContinued
        next = sessions.next
        self.failure = failure
    }

    private static func row(_ session: AccountSessions.Session, now: Instant, _ localisation: Localisation) -> Row {
        let clock = PlantClock(nil, localisation)
        let begun = Date(timeIntervalSince1970: Double(session.begunAt.microseconds) / 1_000_000)
        let (before, after) = localisation.halves(.accountBegun, around: "time")
        let idle = Double(now - session.lastUsedAt) / 1_000_000
        return Row(
            id: session.id,
            isCurrent: session.isCurrent,
            device: DeviceName(userAgent: session.userAgent).text(localisation),
            kind: localisation.text(session.isOfPages ? .accountDeviceBrowser : .accountDeviceProgram),
            tenantName: session.tenantName,
            from: session.address.map { localisation.text(.accountFrom, ["address": $0]) }
                ?? localisation.text(.accountFromUnknown),
            begunAt: session.begunAt.description,
            begunBefore: before,
            begun: "\(clock.day(begun)) \(clock.time(begun)) UTC",
            begunAfter: after,
            used: idle < secondsInUse
                ? localisation.text(.accountUsedNow)
                : localisation.text(.accountUsedAgo, ["time": localisation.duration(seconds: idle.inWholeMinutes)])
        )
    }
}

extension Double {
    /// Seconds without those that make no minute.
    fileprivate var inWholeMinutes: Double { (self / 60).rounded(.down) * 60 }
}
