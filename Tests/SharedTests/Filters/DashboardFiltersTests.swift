import Shared
import Testing

@Suite("Filters of a dashboard")
struct DashboardFiltersTests {
    private func read(_ body: String) throws -> (filters: DashboardFilters, faults: [String]) {
        var fields = try JSONFields(body: Array(body.utf8))
        let filters = DashboardFilters(&fields)
        do throws(Fault) {
            try fields.finish()
            return (filters, [])
        } catch {
            return (filters, error.parameters.map { "\($0.parameter) \($0.code.rawValue)" })
        }
    }

    @Test("what is missing has its default")
    func defaults() throws {
        let (filters, faults) = try read("{}")
        #expect(faults.isEmpty)
        #expect(filters.period == nil)
        #expect(filters.lines == .all)
        #expect(filters.interval == .hour)
        #expect(filters.curve == .smooth)
        #expect(filters.showsDowntime)
        #expect(!filters.highlightsPeaks)
        #expect(filters.areas == nil && filters.products == nil && filters.search == nil)
        #expect(filters.thresholdSeconds == nil)
    }

    @Test("every value is read")
    func values() throws {
        let (filters, faults) = try read(
            """
            {"daterange": {"start_date": "2026-03-04", "end_date": "2026-03-05", "start_time": "06:00"}, "line_id": 7,
             "plant_id": 2, "shift_id": 3, "area_ids": [4], "product_ids": [5, 6], "interval": "15min",
             "curve_type": "stacked", "downtime_threshold": 86400, "show_downtime": false, "highlight_peaks": true,
             "search": "motor"}
            """)
        #expect(faults.isEmpty)
        let from = try PeriodBound(parsing: "2026-03-04T06:00")
        let to = try PeriodBound(parsing: "2026-03-05")
        #expect(filters.period == PeriodRequest(from: from, to: to))
        #expect(filters.lines == .some([LineID(7)]))
        #expect(filters.plant == PlantID(2) && filters.shift == ShiftID(3))
        #expect(filters.areas == [AreaID(4)] && filters.products == [ProductID(5), ProductID(6)])
        #expect(filters.interval == .quarterHour && filters.curve == .stacked)
        #expect(filters.thresholdSeconds == 86_400)
        #expect(!filters.showsDowntime && filters.highlightsPeaks)
        #expect(filters.search == "motor")
    }

    @Test("all faults come at once, one for each parameter")
    func allFaults() throws {
        let (_, faults) = try read(
            """
            {"daterange": {"start_date": "2026-02-30"}, "line_id": "some", "area_ids": [1], "interval": "year",
             "curve_type": "wavy", "downtime_threshold": 0, "show_downtime": 1, "highlight_peaks": "x", "other": 1}
            """)
        #expect(
            faults == [
                "daterange.start_date invalid_time", "daterange.end_date required", "line_id unknown_line",
                "interval out_of_range", "curve_type out_of_range", "downtime_threshold out_of_range",
                "show_downtime invalid_type", "highlight_peaks invalid_type", "other unknown_field",
            ])
    }

    @Test(
        "areas belong to one line",
        arguments: [
            (#"{"area_ids": [1], "line_id": 7}"#, true), (#"{"area_ids": [], "line_id": "all"}"#, true),
            (#"{"area_ids": [1]}"#, false), (#"{"area_ids": [1], "line_id": "all"}"#, false),
            (#"{"area_ids": [1], "line_id": "group_line_3"}"#, false),
        ])
    func areas(body: String, isAllowed: Bool) throws {
        #expect(try read(body).faults == (isAllowed ? [] : ["area_ids not_allowed"]))
    }

    @Test(
        "a group of lines",
        arguments: [
            ("group_line_3", true), ("group_1_3", true), ("group_Lines2_2147483647", true), ("group__3", false),
            ("group_line_0", false), ("group_line_-3", false), ("group_line_+3", false), ("group_line_", false),
            ("group_line_3_4", false), ("group_line_2147483648", false), ("group_lí_3", false), ("GROUP_line_3", false),
            ("3", false), ("", false), ("ALL", false),
        ])
    func groups(text: String, isGroup: Bool) throws {
        let (filters, faults) = try read(#"{"line_id": "\#(text)"}"#)
        #expect(faults == (isGroup ? [] : ["line_id unknown_line"]))
        if isGroup {
            guard case .group = filters.lines else {
                Issue.record("\(text) is a group")
                return
            }
        }
    }

    @Test("lines of a query, repeated or one word")
    func selections() {
        #expect(ProductionLineFilter.selection(of: []) == .all)
        #expect(ProductionLineFilter.selection(of: ["all"]) == .all)
        #expect(ProductionLineFilter.selection(of: ["3", "4", "3"]) == .some([LineID(3), LineID(4)]))
        #expect(ProductionLineFilter.selection(of: ["group_line_3"]) == .group(LineGroupID(3)))
        for wrong in [["all", "3"], ["3", "group_line_3"], ["all", "all"], ["0"], ["x"], [""], ["+3"], ["3", "x"]] {
            #expect(ProductionLineFilter.selection(of: wrong) == nil, "\(wrong)")
        }
        #expect(ProductionLineFilter.text(of: LineGroupID(9)) == "group_line_9")
    }

    @Test("a search has up to 200 characters, none of them control characters")
    func search() throws {
        let longest = String(repeating: "ñ", count: 200)
        #expect(try read(#"{"search": "\#(longest)"}"#).filters.search == longest)
        #expect(try read(#"{"search": "\#(longest)x"}"#).faults == ["search too_long"])
        #expect(try read(#"{"search": "a\u0007"}"#).faults == ["search invalid_format"])
        #expect(try read(#"{"search": ""}"#).filters.search == nil)
    }

    @Test("the default period is yesterday and today on the clock of the zone")
    func standardPeriod() throws {
        let zone = try TimeZoneDatabase().rules(named: "America/Argentina/Buenos_Aires")
        let period = DateRangeFilter.standard(now: try Instant(iso8601: "2026-03-05T02:00:00Z"), in: zone)
        #expect(period.from == (try PeriodBound(parsing: "2026-03-03T00:00")))
        #expect(period.to == (try PeriodBound(parsing: "2026-03-04T23:59")))
        let resolved = try period.resolved(in: zone)
        #expect(resolved.interval.length == 2 * 86_400_000_000)
        #expect(resolved.wholeDates != nil)
    }

    @Test("every filter has a field of its own and knows what it depends on")
    func kinds() {
        #expect(Set(FilterKind.allCases.map(\.parameter)).count == FilterKind.allCases.count)
        for kind in FilterKind.allCases {
            #expect(!kind.dependencies.contains(kind))
            for dependency in kind.dependencies { #expect(dependency.hasOptions) }
        }
        #expect(FilterKind.allCases.filter(\.isRequired) == [.dateRange])
    }
}

@Suite("Cursor of lists, newest first")
struct NewestFirstCursorTests {
    @Test("its text reads back")
    func roundTrip() {
        let cursor = NewestFirstCursor(instant: Instant(microseconds: 1_772_000_000_123_456), id: 42)
        #expect(cursor.text == "1772000000123456-42")
        #expect(NewestFirstCursor(parsing: cursor.text) == cursor)
    }

    @Test(
        "anything else is none",
        arguments: ["", "1", "1-", "-1", "1-0", "1--1", "x-1", "1-2-3", "999999999999999999-1"])
    func refused(text: String) {
        #expect(NewestFirstCursor(parsing: text) == nil)
    }
}
