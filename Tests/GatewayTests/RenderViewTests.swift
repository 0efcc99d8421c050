import Shared
import Testing

@testable import Gateway

@Suite("The address is the view")
struct RenderViewTests {
    private func view(_ items: [(String, String)], role: Role = .manager) throws(Fault) -> DashboardView {
        try DashboardView(queryItems: items.map { (name: $0.0, value: $0.1) }, role: role)
    }

    private func faults(_ items: [(String, String)]) -> [ParameterFault] {
        do {
            _ = try view(items)
            return []
        } catch {
            return error.parameters
        }
    }

    @Test("An empty address opens with the role's period")
    func standards() throws {
        #expect(try view([], role: .operator).period == .thisShift)
        #expect(try view([]).period == .yesterday)
        #expect(try view([], role: .viewer).period == .sevenDays)
        #expect(try view([("line_id", ""), ("from", "")]) == DashboardView(period: .yesterday))
    }

    @Test("An address says its period, so that it is one view for every role", arguments: Role.allCases)
    func periodOfEveryRole(role: Role) throws {
        let opened = try view([], role: role)
        #expect(opened.query == "?period=\(DashboardView.Period.standard(for: role).rawValue)")
        for period in DashboardView.Period.allCases where period != .custom {
            #expect(try view([("period", period.rawValue)], role: role).query == "?period=\(period.rawValue)")
        }
        for other in Role.allCases {
            let items = [("period", opened.period.rawValue), ("line_id", "7")]
            #expect(try view(items, role: other) == view([("line_id", "7")], role: role))
        }
        let stops = StopsView(scope: opened)
        #expect(stops.query == opened.query)
        #expect(StopsView(scope: opened, state: .micro).query == "\(opened.query)&state=micro")
    }

    @Test("What an address says comes back as the same address")
    func roundTrip() throws {
        let items = [
            ("tab", "oee"), ("period", "custom"), ("from", "2026-03-01"), ("to", "2026-03-04"), ("plant_id", "2"),
            ("line_id", "7"), ("shift_id", "1"), ("interval", "15min"),
        ]
        let view = try view(items)
        let text = "?" + items.map { "\($0.0)=\($0.1)" }.joined(separator: "&")
        #expect(view.query == text)
        #expect(view.lines == .some([LineID(7)]))
        #expect(view.dates(secondsSince1970: 0, zone: nil) == ("2026-03-01", "2026-03-04"))
        #expect(try self.view([("line_id", "all")]) == DashboardView(period: .yesterday))
        let group = try self.view([("line_id", "group_line_3")])
        #expect(group.lines == .group(LineGroupID(3)))
        #expect(group.query == "?period=yesterday&line_id=group_line_3")
    }

    @Test("Every wrong value is an error, all at once")
    func wrongValues() {
        #expect(faults([("line_id", "7"), ("period", "today")]) == [])
        let wrong = faults([
            ("tab", "x"), ("period", "always"), ("line_id", "7 or 1=1"), ("plant_id", "-1"), ("interval", "second"),
        ])
        #expect(Set(wrong.map(\.parameter)) == ["tab", "period", "line_id", "plant_id", "interval"])
        #expect(wrong.count == 5)
        #expect(faults([("period", "custom")]).map(\.code) == [.required, .required])
        let unreal = faults([("period", "custom"), ("from", "2026-02-30"), ("to", "2026-03-01")])
        #expect(unreal.map(\.parameter) == ["from"])
        #expect(
            faults([("period", "custom"), ("from", "2026-03-02"), ("to", "2026-03-01")]).map(\.code)
                == [.endsBeforeStart]
        )
    }

    @Test("What an address does not know, says twice or says in vain is no other view")
    func strangeAddresses() {
        func told(_ items: [(String, String)]) -> [String: ParameterFaultCode] {
            Dictionary(uniqueKeysWithValues: faults(items).map { ($0.parameter, $0.code) })
        }
        #expect(told([("utm", "x"), ("", "y")]) == ["utm": .unknownField, "": .unknownField])
        #expect(told([("utm", "")]) == ["utm": .unknownField])
        #expect(told([("line_id", "1"), ("line_id", "2")]) == ["line_id": .duplicateField])
        #expect(told([("line_id", "group_line_0")]) == ["line_id": .unknownLine])
        #expect(told([("line_id", "999999999999999999999")]) == ["line_id": .unknownLine])
        #expect(told([("from", "2026-03-01")]) == ["from": .notAllowed])
        #expect(told([("period", "7d"), ("to", "2026-03-01")]) == ["to": .notAllowed])
        let early = [("period", "custom"), ("from", "1969-12-31"), ("to", "1970-01-01")]
        #expect(told(early) == ["from": .invalidTime])
        #expect(told([("period", "custom"), ("from", "1970-01-01"), ("to", "1970-01-01")]) == [:])
    }

    @Test("What is compared with is part of the view")
    func comparisons() throws {
        let items = [("compare", "custom"), ("compare_from", "2026-03-01"), ("compare_to", "2026-03-04")]
        let chosen = try view(items)
        #expect(chosen.comparison == .custom && chosen.comparedFrom == "2026-03-01")
        #expect(
            chosen.query
                == "?period=yesterday&compare=custom&compare_from=2026-03-01&compare_to=2026-03-04")
        #expect(try view([("compare", "week")]).query == "?period=yesterday&compare=week")
        #expect(try view([("compare", "previous")]) == DashboardView(period: .yesterday))
        func told(_ items: [(String, String)]) -> [String: ParameterFaultCode] {
            Dictionary(uniqueKeysWithValues: faults(items).map { ($0.parameter, $0.code) })
        }
        #expect(told([("compare", "year")]) == ["compare": .outOfRange])
        #expect(told([("compare", "custom")]) == ["compare_from": .required, "compare_to": .required])
        #expect(told([("compare_to", "2026-03-04")]) == ["compare_to": .notAllowed])
        let backwards = [("compare", "custom"), ("compare_from", "2026-03-04"), ("compare_to", "2026-03-01")]
        #expect(told(backwards) == ["compare_to": .endsBeforeStart])
    }

    @Test("Everything that is filtered is part of the view, and what is standard for everyone is not")
    func filters() throws {
        let items = [
            ("line_id", "7"), ("area_ids", "3"), ("area_ids", "12"), ("product_ids", "5"),
            ("downtime_threshold", "120"),
            ("show_downtime", "false"), ("highlight_peaks", "true"), ("curve_type", "stepped"), ("search", "a&b ñ"),
        ]
        let chosen = try view(items)
        #expect(chosen.areas == [AreaID(3), AreaID(12)] && chosen.products == [ProductID(5)])
        #expect(chosen.thresholdSeconds == 120 && !chosen.showsDowntime && chosen.highlightsPeaks)
        #expect(chosen.curve == .stepped && chosen.search == "a&b ñ")
        let text = items.dropLast().map { "\($0.0)=\($0.1)" }.joined(separator: "&")
        #expect(chosen.query == "?period=yesterday&\(text)&search=a%26b%20%C3%B1")
        // One view has one address, in whatever order it was chosen.
        #expect(
            try view([("product_ids", "5"), ("product_ids", "4")]).query
                == "?period=yesterday&product_ids=4&product_ids=5")
        let standard = [
            ("show_downtime", "true"), ("highlight_peaks", "false"), ("search", ""), ("downtime_threshold", ""),
            ("curve_type", ""), ("product_ids", ""), ("area_ids", ""),
        ]
        #expect(try view(standard) == DashboardView(period: .yesterday))
        var scope = DashboardView(period: .yesterday)
        scope.lines = .some([LineID(7)])
        #expect(chosen.scope == scope)
    }

    @Test("A filter that is wrong is told by its name, and so is an area without its one line")
    func wrongFilters() {
        func told(_ items: [(String, String)]) -> [String: ParameterFaultCode] {
            Dictionary(uniqueKeysWithValues: faults(items).map { ($0.parameter, $0.code) })
        }
        #expect(told([("area_ids", "3")]) == ["area_ids": .notAllowed])
        #expect(told([("area_ids", "3"), ("line_id", "group_line_1")]) == ["area_ids": .notAllowed])
        #expect(told([("area_ids", "3"), ("line_id", "x")]) == ["line_id": .unknownLine])
        #expect(told([("product_ids", "4,5")]) == ["product_ids": .invalidType])
        #expect(told([("product_ids", "0")]) == ["product_ids": .unknownID])
        #expect(told([("product_ids", "4"), ("product_ids", "4")]) == ["product_ids": .duplicateField])
        #expect(told([("downtime_threshold", "0")]) == ["downtime_threshold": .outOfRange])
        #expect(told([("downtime_threshold", "86401")]) == ["downtime_threshold": .outOfRange])
        #expect(told([("downtime_threshold", "86400")]) == [:])
        #expect(told([("show_downtime", "no")]) == ["show_downtime": .invalidType])
        #expect(told([("highlight_peaks", "1")]) == ["highlight_peaks": .invalidType])
        #expect(told([("curve_type", "wavy")]) == ["curve_type": .outOfRange])
        #expect(told([("search", " ")]) == ["search": .blank])
        #expect(told([("search", "a\nb")]) == ["search": .invalidFormat])
        #expect(told([("search", String(repeating: "ñ", count: 200))]) == [:])
        #expect(told([("search", String(repeating: "ñ", count: 201))]) == ["search": .tooLong])
        #expect(told([("curve_type", "smooth"), ("curve_type", "linear")]) == ["curve_type": .duplicateField])
    }

    @Test("A shift is a period of its own, and today where there are none")
    func shifts() throws {
        #expect(try view([("period", "last_shift")]).query == "?period=last_shift")
        #expect(DashboardView.Period.allCases.filter(\.isOfShift) == [.thisShift, .lastShift])
        #expect(DashboardView.Period.lastShift.withoutShifts == .today)
        #expect(DashboardView.Period.thirtyDays.withoutShifts == .thirtyDays)
    }

    @Test("The worker's faults are told by the names of the address")
    func workersFaults() throws {
        func renamed(_ items: [(String, String)], _ code: ParameterFaultCode) throws -> String? {
            try view(items).renamed(.invalid("daterange.end_date", code)).parameters.first?.parameter
        }
        let dates = [("period", "custom"), ("from", "2026-03-01"), ("to", "2026-03-04")]
        #expect(try renamed([("period", "30d"), ("interval", "minute")], .periodTooLong) == "interval")
        #expect(try renamed(dates, .periodTooLong) == "to")
        let listed = Fault.invalid(
            ["area_ids[1]", "area_ids[2]", "product_ids[0]"].map {
                ParameterFault(parameter: $0, code: .unknownID)
            })
        #expect(try view([]).renamed(listed).parameters.map(\.parameter) == ["area_ids", "product_ids"])
        let unknown = try view([]).renamed(.invalid("shift_id", .unknownID))
        #expect(unknown == .invalid("shift_id", .unknownID))
    }

    @Test("A query that cannot be decoded is read as it came")
    func undecodable() {
        let items = QueryItems("line_id=%ff&a=1")
        #expect(items.items.map { "\($0.name)|\($0.value)" } == ["a|1"])
        #expect(items.unreadable == ["line_id"])
        #expect(QueryItems("a+b=c%20d&e").items.map { "\($0.name)|\($0.value)" } == ["a b|c d", "e|"])
    }

    @Test("Days are those of the zone, also around midnight")
    func days() {
        // 2026-03-04T01:00Z is still the third in Buenos Aires.
        let now = 1_772_586_000.0
        let zone = "America/Argentina/Buenos_Aires"
        #expect(DashboardView(period: .today).dates(secondsSince1970: now, zone: zone) == ("2026-03-03", "2026-03-03"))
        #expect(DashboardView(period: .today).dates(secondsSince1970: now, zone: nil) == ("2026-03-04", "2026-03-04"))
        let view = DashboardView(period: .yesterday)
        #expect(view.dates(secondsSince1970: now, zone: zone) == ("2026-03-02", "2026-03-02"))
        let week = DashboardView(period: .sevenDays)
        #expect(week.dates(secondsSince1970: now, zone: zone) == ("2026-02-25", "2026-03-03"))
        let month = DashboardView(period: .thirtyDays)
        #expect(month.dates(secondsSince1970: now, zone: zone) == ("2026-02-02", "2026-03-03"))
    }

    @Test(arguments: [
        ("2026-03-04", "2026-03-04", BucketSize.hour), ("2026-03-01", "2026-03-07", .day),
        ("2026-01-01", "2026-06-30", .week), ("2020-01-01", "2026-06-30", .month),
    ])
    func intervals(start: String, end: String, expected: BucketSize) {
        var view = DashboardView(period: .custom)
        #expect(view.resolvedInterval(start: start, end: end) == expected)
        view.interval = .minute
        #expect(view.resolvedInterval(start: start, end: end) == .minute)
    }
}
