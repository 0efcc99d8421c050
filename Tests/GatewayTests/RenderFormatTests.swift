import Foundation
import Shared
import Testing

@testable import Gateway

@Suite("Figures and times as people read them")
struct RenderFormatTests {
    private let spanish: Localisation
    private let english: Localisation

    init() throws {
        let localisations = try RenderSupport.renderer.get().localisations
        spanish = localisations[.spanish]
        english = localisations[.english]
    }

    @Test(arguments: [
        (0, "0,0", "0.0"), (1_234.5, "1.234,5", "1,234.5"), (1_234_567.25, "1.234.567,3", "1,234,567.3"),
        (0.05, "0,1", "0.1"), (-0.05, "−0,1", "−0.1"), (-0.04, "0,0", "0.0"), (12.35, "12,4", "12.4"),
        (999.95, "1.000,0", "1,000.0"), (1e-7, "0,0", "0.0"),
    ])
    func decimals(value: Double, es: String, en: String) {
        #expect(spanish.decimal(value) == es)
        #expect(english.decimal(value) == en)
    }

    @Test(arguments: [
        (0.78, "78,0\u{A0}%", "78.0%"), (0.8854166667, "88,5\u{A0}%", "88.5%"), (0.1235, "12,4\u{A0}%", "12.4%"),
        (0.99949, "99,9\u{A0}%", "99.9%"), (0.9995, "100,0\u{A0}%", "100.0%"), (1, "100,0\u{A0}%", "100.0%"),
    ])
    func percentages(ratio: Double, es: String, en: String) {
        #expect(spanish.percent(ratio) == es)
        #expect(english.percent(ratio) == en)
    }

    @Test func noNumberIsADash() {
        #expect(spanish.decimal(.nan) == "—")
        #expect(english.percent(.infinity) == "—")
    }

    @Test(arguments: [
        (0, "0 s"), (59.4, "59 s"), (59.5, "1 min"), (330, "5 min 30 s"), (3_599.6, "1 h"), (7_500, "2 h 05 min"),
        (28_800, "8 h"), (172_799, "48 h"), (273_600, "3 d 4 h"),
    ])
    func durations(seconds: Double, text: String) {
        #expect(spanish.duration(seconds: seconds) == text)
    }

    @Test(arguments: [(42, "0:42"), (725, "12:05"), (3_725, "1:02:05"), (-3, "0:00"), (273_600, "3 d 4 h")])
    func ages(seconds: Double, text: String) {
        #expect(english.age(seconds: seconds) == text)
    }

    @Test("Instants are read exactly, and anything else is none")
    func instants() throws {
        let date = try #require(PlantClock.instant("2026-03-04T09:00:00.250000Z"))
        #expect(abs(date.timeIntervalSince1970 - 1_772_614_800.25) < 0.000_001)
        for text in ["", "2026-03-04", "2026-03-04T09:00:00", "2026-03-04T09:00:00+01:00", "2026-13-04T09:00:00Z"] {
            #expect(PlantClock.instant(text) == nil)
        }
    }

    @Test("Wall clocks follow the plant's zone, and the zone is named")
    func clocks() throws {
        let winter = try #require(PlantClock.instant("2026-01-15T12:00:00Z"))
        let summer = try #require(PlantClock.instant("2026-07-15T12:00:00Z"))
        let madrid = PlantClock("Europe/Madrid", spanish)
        #expect(madrid.moment(winter) == "15 ene 13:00")
        #expect(madrid.zoneName(at: winter) == "Madrid (UTC+1)")
        #expect(madrid.zoneName(at: summer) == "Madrid (UTC+2)")
        #expect(PlantClock("Asia/Kolkata", english).zoneName(at: winter) == "Kolkata (UTC+5:30)")
        #expect(PlantClock("Asia/Kolkata", english).moment(summer) == "Jul 15 17:30")
        #expect(PlantClock(nil, english).zoneName(at: winter) == "UTC")
        #expect(PlantClock("Nowhere/None", english).time(winter) == "12:00")
    }

    @Test("A period of whole days names its last day, not the exclusive end")
    func periods() throws {
        let clock = PlantClock("America/Argentina/Buenos_Aires", spanish)
        func date(_ text: String) throws -> Date { try #require(PlantClock.instant(text)) }
        let start = try date("2026-03-04T03:00:00Z")
        #expect(clock.period(from: start, to: try date("2026-03-05T03:00:00Z")) == "4 mar 2026")
        #expect(clock.period(from: start, to: try date("2026-03-11T03:00:00Z")) == "4 mar 2026 – 10 mar 2026")
        #expect(clock.period(from: start, to: try date("2026-03-04T17:30:00Z")) == "4 mar 2026 00:00 – 14:30")
    }

    @Test(
        "In a sentence a period is as short as it can be told",
        arguments: [
            ("2026-08-19T00:00:00Z", "18 ago", "Aug 18"), ("2026-08-25T00:00:00Z", "18–24 ago", "Aug 18–24"),
            ("2026-09-04T00:00:00Z", "18 ago – 3 sep", "Aug 18 – Sep 3"),
            ("2026-08-18T14:30:00Z", "18 ago 00:00–14:30", "Aug 18 00:00–14:30"),
            ("2026-08-19T06:00:00Z", "18 ago 00:00 – 19 ago 06:00", "Aug 18 00:00 – Aug 19 06:00"),
        ])
    func briefPeriods(to: String, inSpanish: String, inEnglish: String) throws {
        let from = try #require(PlantClock.instant("2026-08-18T00:00:00Z"))
        let end = try #require(PlantClock.instant(to))
        for (localisation, text) in [(spanish, inSpanish), (english, inEnglish)] {
            #expect(PlantClock("UTC", localisation).briefPeriod(from: from, to: end, now: from) == text)
        }
        let later = from.addingTimeInterval(400 * 86_400)
        let clock = PlantClock("UTC", english)
        #expect(clock.briefPeriod(from: from, to: from.addingTimeInterval(86_400 * 7), now: later) == "Aug 18–24, 2026")
    }
}
