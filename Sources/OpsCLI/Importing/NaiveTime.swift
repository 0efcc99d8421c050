import Shared

/// A time as an older system wrote it: what a clock on the wall showed, without its offset.
enum NaiveTime: Equatable {
    /// The instant, and whether the clock showed that time twice: then it is the first of the two.
    case instant(Instant, isRepeated: Bool)
    /// The clock was put forward over it.
    case neverShown
    /// It has an offset, or is no time at all; whoever takes the row says which.
    case other

    /// - Parameter text: `YYYY-MM-DDTHH:MM[:SS[.f]]`, also with a blank in place of the T.
    init(_ text: ArraySlice<UInt8>, in zone: TimeZoneRules) {
        var bytes = Array(text)
        if bytes.count > 10, bytes[10] == 0x20 { bytes[10] = UInt8(ascii: "T") }
        do throws(TimeTextError) {
            self = .instant(try Instant(iso8601: bytes.span), isRepeated: false)
            return
        } catch {
            guard error == .missingOffset else {
                self = .other
                return
            }
        }
        bytes.append(UInt8(ascii: "Z"))
        // On a clock that is never changed.
        guard let shown = try? Instant(iso8601: bytes.span) else {
            self = .other
            return
        }
        let local = LocalDateTime(microseconds: shown.microseconds)
        let instant = zone.instant(of: local)
        guard zone.local(of: instant) == local else {
            self = .neverShown
            return
        }
        self = .instant(instant, isRepeated: Self.isShownAgain(local, after: instant, zone))
    }

    private static func isShownAgain(_ local: LocalDateTime, after instant: Instant, _ zone: TimeZoneRules) -> Bool {
        // No clock is put back by more than that, but where a country changed its date.
        let later = instant + 3 * 3_600 * Instant.microsecondsPerSecond
        let back = zone.offset(at: instant) - zone.offset(at: later)
        guard back > 0 else { return false }
        return zone.local(of: instant + Int64(back) * Instant.microsecondsPerSecond) == local
    }
}
