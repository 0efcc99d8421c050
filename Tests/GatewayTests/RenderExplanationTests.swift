import Foundation
import Shared
import Testing

@testable import Gateway

@Suite("What a figure is made of")
struct RenderExplanationTests {
    private static let figures = #"""
        {"calendar_seconds": 86400, "planned_seconds": 26100, "downtime_seconds": 3300, "unobserved_seconds": 0,
         "runtime_seconds": 22800, "produced": 3900, "good": 3744, "scrap": 156, "total_production": 3800,
         "unplanned_production": 56, "weight_kg": 4750, "ideal_seconds": 23400, "availability": 0.8735632184,
         "performance": 1, "quality": 0.96, "oee": 0.8386206897, "teep": 0.25, "raw_performance": 1.0263157895,
         "raw_quality": 0.96, "stops": 1, "micro_stops": 1, "mtbf_seconds": 22800, "mttr_seconds": 3000,
         "flags": ["performance_over_one", "production_outside_plan"]}
        """#
    private static let weight = #"""
        {"value": 0.95, "reason": null, "weight_kg": 4750, "nominal_weight_kg": 5000}
        """#
    private static let sums = #"""
        {"lines": 1, "lines_with_rate": 1, "runtime_seconds_with_rate": 22800, "ideal_seconds": 23400,
         "ideal_running_seconds": 22800, "ideal_good_seconds": 21888, "dual_produced": 3900, "dual_good": 3744,
         "stop_downtime_seconds": 3000}
        """#
    private static let period = #"""
        {"from": "2026-03-04T03:00:00Z", "to": "2026-03-05T03:00:00Z", "timezone": "America/Argentina/Buenos_Aires"}
        """#
    /// Planned 06:00 to 14:00 but for a break of 15 minutes and a closure of an hour; half an hour is added in the evening.
    private static let line = #"""
        {"line_id": 7, "line_code": "<L1>", "plant_id": 1, "period": \#(period),
         "reach": {"start": "2026-03-04T03:00:00Z", "end": "2026-03-05T03:00:00Z"},
         "calendar_time": {"start": "2026-03-04T03:00:00Z", "end": "2026-03-05T03:00:00Z"},
         "continuous_schedule": false, "takes_whole_instances": null,
         "shift_instances": [{"shift_id": 1, "shift_name": "Mañana", "start_day": "2026-03-04",
           "start": "2026-03-04T09:00:00Z", "end": "2026-03-04T17:00:00Z", "selected": null,
           "breaks": [{"name": "Almuerzo", "start": "2026-03-04T13:00:00Z", "end": "2026-03-04T13:15:00Z"}]}],
         "calendar_exceptions": [
           {"calendar_exception_id": 1, "kind": "closed", "name": "Corte <b>", "line_id": null,
            "start": "2026-03-04T16:00:00Z", "end": "2026-03-04T17:00:00Z"},
           {"calendar_exception_id": 2, "kind": "extra", "name": "Extra", "line_id": 7,
            "start": "2026-03-04T22:00:00Z", "end": "2026-03-04T22:30:00Z"}],
         "planned": [{"start": "2026-03-04T09:00:00Z", "end": "2026-03-04T13:00:00Z"},
                     {"start": "2026-03-04T13:15:00Z", "end": "2026-03-04T16:00:00Z"},
                     {"start": "2026-03-04T22:00:00Z", "end": "2026-03-04T22:30:00Z"}],
         "counted": [], "is_dual": true,
         "settings": [{"valid_from": null, "downtime_threshold_seconds": 300}],
         "stops": [
           {"event_id": null, "start": "2026-03-04T10:00:00.25Z", "end": "2026-03-04T10:50:00.25Z", "status": "closed",
            "planned_seconds": 3000, "source": "registered", "kind": "stop", "incident_id": null, "reason": "<i>"},
           {"event_id": null, "start": "2026-03-04T12:00:00Z", "end": "2026-03-04T12:04:00Z", "status": "closed",
            "planned_seconds": 240, "source": "calculated", "kind": "micro", "incident_id": null, "reason": null},
           {"event_id": null, "start": "2026-03-04T12:59:00Z", "end": "2026-03-04T13:10:00Z", "status": "closed",
            "planned_seconds": 60, "source": "calculated", "kind": "remainder", "incident_id": null, "reason": null}],
         "counts": [
           {"area_id": 1, "area_name": null, "area_type": "input", "product_id": 3, "in_plan": 3900, "total": 3950},
           {"area_id": 2, "area_name": null, "area_type": "output", "product_id": 3, "in_plan": 3744, "total": 3800}],
         "products": [{"product_id": 3, "product_code": "P&Q",
           "weights": [{"weight_kg": 1.25, "output": 3800}],
           "rates": [{"product_rate_per_minute": null, "line_rate_per_minute": 10, "produced": 3900,
                      "ideal_seconds": 23400}]}],
         "weight_efficiency": \#(weight), "figures": \#(figures)}
        """#

    private static func explained(
        _ widget: WidgetKind, lines: [String] = [line], readsDetections: Bool = true, shift: Int? = nil,
        threshold: Int? = nil, of units: ChosenUnits = ChosenUnits(), _ language: LanguageCode = .spanish
    ) throws -> String {
        let json = #"""
            {"period": \#(period), "now": "2026-03-06T00:00:00Z", "shift_id": \#(shift.map { "\($0)" } ?? "null"),
             "threshold_seconds": \#(threshold.map { "\($0)" } ?? "null"), "lines": [\#(lines.joined(separator: ","))],
             "total": {"sums": \#(sums), "weight_efficiency": \#(weight), "figures": \#(figures)}}
            """#
        let explanation = Explanation(
            widget: widget, figure: try #require(widget.explainedFigure),
            reply: try ExplanationReply.read(Data(json.utf8)), causes: StopCauses(failures: [], incidents: []),
            units: units, readsDetections: readsDetections)
        return try RenderSupport.renderer.get().explanation(explanation, site: RenderSupport.site(language))
            .replacing("\u{A0}", with: " ")
    }

    /// Heads and last cells of the rows of a part.
    private static func rows(_ part: String, in html: String) throws -> [String] {
        let start = try #require(html.firstRange(of: #"data-part="\#(part)""#)).lowerBound
        let section = html[start...].prefix { _ in true }
        let end = try #require(section.firstRange(of: "</section>")).lowerBound
        return section[..<end].matches(of: /<td class="number">([^<]*)<\/td><\/tr>/).map { String($0.1) }
    }

    @Test func partsOfPlannedTimeComeToIt() throws {
        let html = try Self.explained(.availability)
        #expect(try Self.rows("plan", in: html) == ["480 min", "−15 min", "−60 min", "30 min", "435 min"])
        #expect(html.contains("Cerrado: Corte &lt;b&gt;"))
        #expect(html.contains("Mañana"))
    }

    @Test func stopsComeToTheDowntimeWithWhatIsLeftOfThem() throws {
        let html = try Self.explained(.totalDowntime)
        #expect(try Self.rows("stops", in: html) == ["50 min", "240 s", "60 s", "55 min"])
        #expect(html.contains(#"href="/base/stop/7-"#))
        #expect(html.contains("1 resto más corto que el umbral"))
        #expect(html.contains("line_id=7&amp;from=2026-03-04T09:59:00.250000Z&amp;to=2026-03-04T10:51:00.250000Z"))
    }

    @Test("With a threshold that the page of stops does not know only what is registered leads there")
    func stopsOfAnotherThreshold() throws {
        func count(_ threshold: Int?) throws -> Int {
            try Self.explained(.totalDowntime, threshold: threshold).matches(of: /href="\/base\/stop\//).count
        }
        #expect(try count(nil) == 2)
        #expect(try count(200) == 1)
    }

    @Test func aRatioOverOneIsToldAndCounted() throws {
        let html = try Self.explained(.performance, .english)
        #expect(html.contains("It comes to 102.6%; at most 100% counts."))
        #expect(html.contains("<strong>390 min</strong><span>Ideal time</span>"))
        #expect(html.contains("10 u/min"))
    }

    @Test func unitsOutsideTheChosenShiftAreCalledSo() throws {
        let planned = try Self.explained(.totalProduction, .english)
        #expect(planned.contains("<strong>56</strong><span>Outside plan</span>"))
        let ofShift = try Self.explained(.totalProduction, shift: 1, .english)
        #expect(ofShift.contains("<strong>3,744</strong><span>In the shift</span>"))
        #expect(ofShift.contains("<strong>56</strong><span>Outside the shift</span>"))
        #expect(ofShift.contains(#"<th scope="col" class="number">Outside the shift</th>"#))
        #expect(!ofShift.contains("Outside plan"))
    }

    @Test func theWeightThatIsComparedIsThatOfTheChosenShift() throws {
        let line = Self.line.replacing(#""output": 3800}"#, with: #""output": 3800, "in_shift": 3744}"#)
        let ofShift = try Self.explained(.weightEfficiency, lines: [line], shift: 1, .english)
        #expect(try Self.rows("weights", in: ofShift) == ["4,680.0 kg", "4,680.0 kg"])
        #expect(ofShift.contains("<span>Weight in the shift</span>"))
        let ofPeriod = try Self.explained(.weightEfficiency, lines: [line], .english)
        #expect(try Self.rows("weights", in: ofPeriod) == ["4,750.0 kg", "4,750.0 kg"])
        #expect(!ofPeriod.contains("Weight in the shift"))
        let total = try Self.explained(.totalWeight, lines: [line], shift: 1, .english)
        #expect(try Self.rows("weights", in: total) == ["4,750.0 kg", "4,750.0 kg"])
    }

    @Test func theUnitsOfSomeProductsComeToTheirFigure() throws {
        let selected = #"""
            "selected": {"units": 300, "in_plan": 290, "weight_kg": 750, "products": [
              {"product_id": 4, "product_code": "K", "name": null, "color": null, "units": 300, "in_plan": 290,
               "weight_kg": 750}], "dual_produced": 320, "dual_good": 290}, "figures"
            """#
        let units = ChosenUnits(products: [ProductID(4)])
        let line = Self.line.replacing(#""figures""#, with: selected)
        let production = try Self.explained(.totalProduction, lines: [line], of: units)
        #expect(production.contains("sum-result\"><strong>300</strong>"))
        #expect(try Self.rows("made", in: production) == ["300", "300"])
        #expect(production.contains("Solo lo elegido en los filtros"))
        let weight = try Self.explained(.totalWeight, lines: [line], of: units, .english)
        #expect(weight.contains("<strong>750.0 kg</strong>") && weight.contains("Only what the filters choose"))
        // Scrap is theirs, and what is said of the performance of all is not said of them.
        #expect(production.contains("sum-result\"><strong>30</strong><span>Descarte</span>"))
        #expect(production.contains("fuera de lo planificado") && !production.contains("Más rápido"))
        let ratio = try Self.explained(.oee, lines: [line], of: units)
        #expect(ratio.contains("Sin filtrar por producto ni área") && ratio.contains("Más rápido"))
        // Of the single detections those are listed that the figure counts.
        #expect(production.contains("to=2026-03-05T03:00:00Z&amp;product_ids=4\""))
        #expect(ratio.contains("to=2026-03-05T03:00:00Z\""))
        let ofArea = try Self.explained(.totalProduction, lines: [line], of: ChosenUnits(areas: [AreaID(1)]))
        let scrapNote = "El descarte no se filtra por área"
        #expect(ofArea.contains("&amp;area_ids=1\"") && ofArea.contains(scrapNote) && !production.contains(scrapNote))
        let ofTwo = try Self.explained(
            .totalProduction, lines: [line], of: ChosenUnits(areas: [AreaID(1), AreaID(2)]))
        let addedNote = "Suma de las áreas elegidas"
        #expect(ofTwo.contains(addedNote) && !ofArea.contains(addedNote))
        // The control: without filters all count.
        let all = try Self.explained(.totalProduction)
        #expect(try Self.rows("made", in: all) == ["3.800", "3.800"] && !all.contains("Solo lo elegido"))
    }

    @Test func everyFigureHasAnExplanation() throws {
        for widget in WidgetKind.allCases where widget.explainedFigure != nil {
            let html = try Self.explained(widget)
            #expect(html.contains("sum-result"), "\(widget)")
            #expect(html.contains("&lt;L1&gt;") && !html.contains("<L1>") && !html.contains("<i>"), "\(widget)")
            #expect(!html.contains("{{"), "\(widget)")
        }
        let without = WidgetKind.allCases.filter { $0.explainedFigure == nil }.map(\.rawValue).sorted()
        #expect(without == ["AreaDetectionChart", "EventFeed", "HourByHour", "LineStatusIndicator"])
    }

    @Test func severalLinesAreRowsThatLeadToEach() throws {
        let other = Self.line.replacing(#""line_id": 7"#, with: #""line_id": 8"#)
        let html = try Self.explained(.oee, lines: [Self.line, other])
        #expect(html.contains(##"href="#explain=KpiOee&amp;line=7""##))
        #expect(html.contains(##"href="#explain=KpiOee&amp;line=8""##))
        #expect(try Self.rows("lines", in: html) == ["83,9 %", "83,9 %", "83,9 %"])
        #expect(!html.contains("data-detections="))
    }

    /// One with output areas only: what it made is output, and of quality and scrap it knows nothing.
    private static let oneEnded = line.replacing(#""line_id": 7"#, with: #""line_id": 8"#)
        .replacing("<L1>", with: "S2").replacing(#""is_dual": true"#, with: #""is_dual": false"#)
        .replacing(#""quality": 0.96"#, with: #""quality": null"#)
        .replacing(#"["performance_over_one","#, with: #"["quality_not_measured","#)

    @Test func aLineWithoutBothEndsIsNamedWhereItDoesNotCount() throws {
        let html = try Self.explained(.quality, lines: [Self.line, Self.oneEnded])
        #expect(html.contains("S2 no tiene áreas de entrada y de salida: no cuenta aquí."))
        let row = try #require(html.firstMatch(of: /S2<\/a>.*?<\/tr>/)).output
        #expect(row.matches(of: /<td class="number">—<\/td>/).count == 3)
        #expect(html.contains(#"<td class="number">3.900</td><td class="number">3.744</td>"#))
        let production = try Self.explained(.totalProduction, lines: [Self.line, Self.oneEnded], .english)
        #expect(production.contains("S2 has no areas at both input and output: it does not count here."))
        let both = try Self.explained(
            .quality, lines: [Self.line, Self.line.replacing(#""line_id": 7"#, with: #""line_id": 8"#)])
        #expect(!both.contains("no cuenta"))
        #expect(try !Self.explained(.quality).contains("no cuenta"))
    }

    @Test func aRemarkNamesTheLinesItIsAbout() throws {
        let html = try Self.explained(.oee, lines: [Self.line, Self.oneEnded])
        #expect(html.contains("<strong>Más rápido que la velocidad nominal: &lt;L1&gt;.</strong>"))
        // It is about both, and about the only one.
        #expect(html.contains("<strong>Hubo producción fuera de lo planificado.</strong>"))
        #expect(try Self.explained(.oee).contains("<strong>Más rápido que la velocidad nominal.</strong>"))
    }

    @Test func detectionsAreOfferedToWhoeverMayReadThem() throws {
        #expect(try Self.explained(.oee).contains("data-detections="))
        #expect(try !Self.explained(.oee, readsDetections: false).contains("data-detections="))
    }

    @Test func instantsOfAFileHaveTheirDistanceFromUTC() throws {
        let localisation = try RenderSupport.renderer.get().localisations[.spanish]
        let instant = try #require(PlantClock.instant("2026-03-04T09:05:09.25Z"))
        let plant = PlantClock("America/Argentina/Buenos_Aires", localisation)
        #expect(plant.instantText(instant) == "2026-03-04T06:05:09.250000-03:00")
        #expect(plant.second(instant) == "4 mar 06:05:09,250")
        #expect(PlantClock("Asia/Kolkata", localisation).instantText(instant) == "2026-03-04T14:35:09.250000+05:30")
        #expect(PlantClock(nil, localisation).instantText(instant) == "2026-03-04T09:05:09.250000+00:00")
        #expect(119.5.shortText == "119.5" && 120.0.shortText == "120")
    }

    @Test func timeIsWrittenSoThatItCanBeReckonedWith() throws {
        let localisation = try RenderSupport.renderer.get().localisations[.spanish]
        #expect(localisation.exactTime(0) == "0 s")
        #expect(localisation.exactTime(59.5) == "59,5 s")
        #expect(localisation.exactTime(28_800) == "480 min")
        #expect(localisation.exactTime(27_003) == "450,1 min")
    }
}
