import Shared
import Testing

@Suite struct MasterDataBodyTests {
    /// One right body of each resource with every field.
    static let complete: [(resource: MasterDataResource, body: String)] = [
        (
            .plants,
            #"{"plant_code":"P1","plant_name":"Córdoba","timezone":"America/Argentina/Cordoba","locale":"es","is_active":true}"#
        ),
        (
            .productionLines,
            """
            {"plant_id":1,"line_code":"L1","line_name":"Línea 1","rate_per_minute":10,"downtime_threshold_seconds":300,
             "micro_stop_seconds":301,"auto_detect_downtime":false,"commissioned_at":"2026-01-01T00:00:00-03:00",
             "decommissioned_at":"2026-02-01T00:00Z","target_oee":0.85,"heartbeat_timeout_seconds":60,"is_active":true,
             "valid_from":"2026-01-05"}
            """
        ),
        (
            .areas,
            """
            {"line_id":1,"area_name":"Salida","area_type":"output","area_order":2,
             "coordinates":{"x1":0,"y1":0.25,"x2":1,"y2":1e2},"is_active":false}
            """
        ),
        (
            .products,
            """
            {"product_code":"A","product_name":"Bolsa 25 kg","weight_kg":25.125,"color":"#00aAfF","units_per_batch":40,
             "is_active":true,"valid_from":"2026-01-05T06:00:00Z"}
            """
        ),
        (
            .idealRates,
            #"{"line_id":1,"product_id":2,"rate_per_minute":12.5,"is_active":false,"valid_from":"2026-01-05"}"#
        ),
        (
            .shifts,
            """
            {"plant_id":1,"line_ids":[1,2],"shift_name":"Noche","days":[5,1],"start_time":"22:00","end_time":"06:00",
             "breaks":[{"name":"Cena","start_time":"23:45","end_time":"00:15"},
                       {"name":"Té","start_time":"05:30","end_time":"06:00"}],
             "is_active":true,"valid_from":null}
            """
        ),
        (
            .calendarExceptions,
            """
            {"plant_id":1,"line_id":2,"kind":"closed","name":"Feriado","start":"2026-05-01T00:00:00-03:00",
             "end":"2026-05-02T00:00:00-03:00"}
            """
        ),
        (
            .failures,
            """
            {"failure_code":"F1","failure_name":"Motor","loss_category":"no_demand","line_ids":[1],
             "description":"a\\nb","is_active":true}
            """
        ),
        (
            .incidents,
            """
            {"failure_id":1,"incident_code":"I1","incident_name":"Correa","description":"x","solution":"",
             "is_active":true}
            """
        ),
        (.lineGroups, #"{"group_name":"Envasado","line_ids":[2,1]}"#),
        (
            .layouts,
            """
            {"role":"VIEWER","widgets":[{"widget_id":"KpiOee","tab":"oee","width":2},{"widget_id":"EventFeed"}],
             "filters":["DateRangeFilter","PlantFilter"]}
            """
        ),
    ]

    @Test func everyResourceHasACompleteExample() {
        #expect(Self.complete.map(\.resource) == MasterDataResource.allCases)
    }

    @Test(arguments: complete) func completeBodiesAreRight(_ resource: MasterDataResource, _ body: String) throws {
        try resource.check(Array(body.utf8))
    }

    @Test(arguments: complete)
    func everyFieldIsJudged(_ resource: MasterDataResource, _ body: String) throws {
        guard case .object(let members) = try JSONReader.value(of: Array(body.utf8)) else {
            Issue.record("not an object")
            return
        }
        for index in members.indices {
            // An object where none belongs, or where one belongs one of an unknown field.
            var wrong = members
            wrong[index].value = .object([JSONMember(key: "never", value: .integer(1))])
            let found = faults(resource, wrong)
            #expect(!found.isEmpty, "\(members[index].key)")
            #expect(found.allSatisfy { $0.parameter.hasPrefix(members[index].key) }, "\(found)")
        }
        let unknown = faults(resource, members + [JSONMember(key: resource.idField + "_", value: .null)])
        #expect(unknown == [ParameterFault(parameter: resource.idField + "_", code: .unknownField)])
        let allWrong = faults(resource, members.map { JSONMember(key: $0.key, value: .object([])) })
        let fields = allWrong.map { String($0.parameter.prefix { $0 != "." }) }
        var distinct: [String] = []
        for field in fields where distinct.last != field { distinct.append(field) }
        #expect(distinct == members.map(\.key))
    }

    static let required: [(MasterDataResource, [String])] = [
        (.plants, ["plant_code", "plant_name", "timezone"]),
        (.productionLines, ["plant_id", "line_code", "line_name"]),
        (.areas, ["line_id", "area_name", "area_type"]),
        (.products, ["product_code", "product_name"]),
        (.idealRates, ["line_id", "product_id", "rate_per_minute"]),
        (.shifts, ["shift_name", "days", "start_time", "end_time"]),
        (.calendarExceptions, ["plant_id", "kind", "name", "start", "end"]),
        (.failures, ["failure_code", "failure_name"]),
        (.incidents, ["failure_id", "incident_code", "incident_name"]),
        (.lineGroups, ["group_name", "line_ids"]),
        (.layouts, ["role", "widgets", "filters"]),
    ]

    @Test(arguments: required)
    func anEmptyBodyMissesAllThatIsRequired(_ resource: MasterDataResource, _ fields: [String]) throws {
        #expect(faults(resource, []) == fields.map { ParameterFault(parameter: $0, code: .required) })
        let complete = try #require(Self.complete.first { $0.resource == resource })
        guard case .object(let members) = try JSONReader.value(of: Array(complete.body.utf8)) else {
            Issue.record("not an object")
            return
        }
        #expect(faults(resource, members.filter { fields.contains($0.key) }) == [])
        let nulls = members.map { fields.contains($0.key) ? $0 : JSONMember(key: $0.key, value: .null) }
        #expect(faults(resource, nulls) == [])
    }

    struct Change: Sendable {
        let resource: MasterDataResource
        let field: String
        let right: [String]
        let wrong: [String]
        let code: ParameterFaultCode
        let parameter: String?

        init(
            _ resource: MasterDataResource,
            _ field: String,
            right: [String],
            wrong: [String],
            _ code: ParameterFaultCode,
            at parameter: String? = nil
        ) {
            self.resource = resource
            self.field = field
            self.right = right
            self.wrong = wrong
            self.code = code
            self.parameter = parameter
        }
    }

    static let changes: [Change] = [
        Change(
            .plants, "timezone", right: [#""UTC""#, #""Etc/GMT+3""#, #""America/Port-au-Prince""#],
            wrong: [#""""#, #""a b""#, #""../etc/passwd""#, #""UTC\u000a""#, #""UTC;""#], .invalidZone),
        Change(.plants, "locale", right: [#""en""#], wrong: [#""de""#, #""""#, #""EN""#], .outOfRange),
        Change(
            .productionLines, "rate_per_minute", right: ["0", "0.5", "100000"], wrong: ["-1", "100000.1"], .outOfRange),
        Change(
            .productionLines, "downtime_threshold_seconds", right: ["1", "300"], wrong: ["0", "86401", "-5", "1e30"],
            .outOfRange),
        Change(.productionLines, "downtime_threshold_seconds", right: ["5"], wrong: ["5.5", "5.0"], .invalidType),
        Change(
            .productionLines, "micro_stop_seconds", right: ["301", "86400"], wrong: ["300", "1", "0", "86401"],
            .outOfRange),
        Change(.productionLines, "target_oee", right: ["0", "1"], wrong: ["1.01", "-0.1", "85"], .outOfRange),
        Change(
            .productionLines, "heartbeat_timeout_seconds", right: ["1", "86400"], wrong: ["0", "86401"], .outOfRange),
        Change(
            .productionLines, "commissioned_at", right: [#""2026-01-01T10:00:00.000+05:30""#],
            wrong: [
                #""2026-01-01T10:00:01Z""#, #""2026-01-01T10:00:00""#, #""2026-01-01""#, #""2026-13-01T10:00:00Z""#,
                #""1969-12-31T00:00:00Z""#,
            ], .invalidTime),
        Change(
            .productionLines, "decommissioned_at", right: [#""2026-01-01T03:01:00Z""#],
            wrong: [#""2026-01-01T03:00:00Z""#, #""2025-01-01T03:00:00Z""#], .endsBeforeStart),
        Change(
            .productionLines, "valid_from", right: [#""2026-02-28""#, #""2026-02-28T00:00:30Z""#],
            wrong: [
                #""2026-02-30""#, #""2026-02-28T00:00:00""#, #""today""#, #""1969-12-31""#, #""9999-01-01""#,
            ], .invalidTime),
        Change(
            .areas, "area_type", right: [#""input""#, #""process""#], wrong: [#""Input""#, #""scrap""#], .outOfRange),
        Change(.areas, "area_order", right: ["0", "10000"], wrong: ["-1", "10001"], .outOfRange),
        Change(
            .areas, "coordinates", right: [#"{"x1":-5,"y1":0,"x2":-4.5,"y2":1920}"#],
            wrong: [#"{"x1":1,"y1":0,"x2":1,"y2":1}"#, #"{"x1":2,"y1":0,"x2":1,"y2":1}"#], .outOfRange,
            at: "coordinates.x2"),
        Change(
            .areas, "coordinates", right: ["null"], wrong: [#"{"x1":0,"y1":0,"x2":1}"#], .required, at: "coordinates.y2"
        ),
        Change(
            .products, "weight_kg", right: ["0", "9999.999", "0.001", "1e-3"], wrong: ["-0.001", "10000"], .outOfRange),
        Change(.products, "weight_kg", right: ["1234.567"], wrong: ["0.0001", "25.1255", "1e-300"], .invalidFormat),
        Change(
            .products, "color", right: ["\"#000000\"", "\"#abCD09\""],
            wrong: ["\"#fff\"", "\"red\"", "\"#gggggg\"", "\"#0000000\"", "\"#11\\u00e911\"", "\"#1111١١\"", "\"\""],
            .invalidFormat),
        Change(.products, "units_per_batch", right: ["1"], wrong: ["0", "1000001"], .outOfRange),
        Change(.shifts, "days", right: ["[7]", "[1,2,3,4,5,6,7]"], wrong: ["[0]"], .outOfRange, at: "days[0]"),
        Change(.shifts, "days", right: ["[1]"], wrong: ["[]"], .required),
        Change(.shifts, "days", right: ["[1]"], wrong: ["[1,1]"], .duplicateValue, at: "days[1]"),
        Change(.shifts, "days", right: ["[1]"], wrong: ["[1,2,3,4,5,6,7,1]"], .tooMany),
        Change(.shifts, "line_ids", right: ["null"], wrong: ["[]"], .required),
        Change(
            .shifts, "start_time", right: [#""21:59""#], wrong: [#""24:00""#, #""6:00""#, #""22:00:00""#, #""22h00""#],
            .invalidTime),
        Change(
            .shifts, "breaks",
            right: [
                "[]", #"[{"name":"a","start_time":"22:00","end_time":"06:00"}]"#,
                #"[{"name":"a","start_time":"00:00","end_time":"00:01"}]"#,
            ],
            wrong: [
                #"[{"name":"a","start_time":"21:59","end_time":"22:30"}]"#,
                #"[{"name":"a","start_time":"05:30","end_time":"06:01"}]"#,
                #"[{"name":"a","start_time":"12:00","end_time":"12:30"}]"#,
                #"[{"name":"a","start_time":"23:00","end_time":"22:30"}]"#,
            ], .outOfRange, at: "breaks[0]"),
        Change(
            .shifts, "breaks", right: ["null"], wrong: [#"[{"name":"a","start_time":"23:00","end_time":"23:00"}]"#],
            .endsBeforeStart, at: "breaks[0].end_time"),
        Change(.calendarExceptions, "kind", right: [#""extra""#], wrong: [#""holiday""#], .outOfRange),
        Change(
            .calendarExceptions, "end", right: [#""2026-05-01T03:01:00Z""#], wrong: [#""2026-05-01T03:00:00Z""#],
            .endsBeforeStart),
        Change(
            .calendarExceptions, "start", right: ["\"2026-04-30T00:00Z\""], wrong: ["\"2026-04-30T00:00:30Z\""],
            .invalidTime),
        Change(.failures, "loss_category", right: [#""quality""#, "null"], wrong: [#""Breakdown""#], .outOfRange),
        Change(
            .failures, "description", right: ["\"\(String(repeating: "ñ", count: 2_000))\""],
            wrong: ["\"\(String(repeating: "ñ", count: 2_001))\""], .tooLong),
        Change(.failures, "description", right: [#""a\r\n\tb""#], wrong: [#""a\u0007""#], .invalidFormat),
        Change(.lineGroups, "line_ids", right: ["[7]"], wrong: ["[]"], .required),
        Change(.lineGroups, "line_ids", right: ["[1,2]"], wrong: ["[1,2,1]"], .duplicateValue, at: "line_ids[2]"),
        Change(.lineGroups, "line_ids", right: ["[1]"], wrong: ["[0]"], .unknownID, at: "line_ids[0]"),
        Change(.incidents, "failure_id", right: ["1"], wrong: ["0", "2147483648"], .unknownID),
    ]

    @Test(arguments: changes) func eachRuleHasItsFaultAndItsCounterexample(_ change: Change) throws {
        let complete = try #require(Self.complete.first { $0.resource == change.resource })
        guard case .object(var members) = try JSONReader.value(of: Array(complete.body.utf8)) else {
            Issue.record("not an object")
            return
        }
        let index = try #require(members.firstIndex { $0.key == change.field })
        for text in change.right {
            members[index].value = try JSONReader.value(of: Array(text.utf8))
            #expect(faults(change.resource, members) == [], "\(text)")
        }
        for text in change.wrong {
            members[index].value = try JSONReader.value(of: Array(text.utf8))
            let found = faults(change.resource, members)
            #expect(found.map(\.parameter) == [change.parameter ?? change.field], "\(text)")
            #expect(found.map(\.code) == [change.code], "\(text)")
        }
    }

    @Test func bodiesKeepWhatWasSaid() throws {
        let line = try LineBody.read(Array(Self.complete[1].body.utf8))
        #expect(line.plant == PlantID(1))
        #expect(line.microStopSeconds == 301)
        #expect(line.commissionedAt == Instant(seconds: 1_767_236_400))
        #expect(!line.autoDetectsDowntime)
        let plain = try LineBody.read(Array(#"{"plant_id":1,"line_code":"L","line_name":"L"}"#.utf8))
        #expect(plain.thresholdSeconds == nil)
        #expect(plain.autoDetectsDowntime && plain.isActive)
        #expect(plain.microStopSeconds == nil && plain.validFrom == nil && plain.ratePerMinute == nil)
        #expect(try ProductBody.read(Array(Self.complete[3].body.utf8)).weightGrams == 25_125)
        let shift = try ShiftBody.read(Array(Self.complete[5].body.utf8))
        #expect(shift.days == [1, 5])
        #expect(shift.breaks.map(\.name) == ["Cena", "Té"])
        #expect(try FailureBody.read(Array(Self.complete[7].body.utf8)).category == .noDemand)
        #expect(try IncidentBody.read(Array(Self.complete[8].body.utf8)).solution == nil)
        #expect(try !IdealRateBody.read(Array(Self.complete[4].body.utf8)).isActive)
        #expect(try LineGroupBody.read(Array(Self.complete[9].body.utf8)).lines == [LineID(2), LineID(1)])
    }

    @Test func everyThreeDecimalWeightIsExact() throws {
        for grams in stride(from: Int64(0), through: 9_999_999, by: 997) {
            let decimals = String(1_000 + grams % 1_000).dropFirst()
            let body = #"{"product_code":"A","product_name":"A","weight_kg":\#(grams / 1_000).\#(decimals)}"#
            #expect(try ProductBody.read(Array(body.utf8)).weightGrams == grams)
        }
    }

    /// What is wrong with a body, in order.
    private func faults(_ resource: MasterDataResource, _ members: [JSONMember]) -> [ParameterFault] {
        var writer = JSONWriter()
        writer.value(.object(members))
        do throws(Fault) {
            try resource.check(writer.bytes)
            return []
        } catch {
            #expect(error.code == .invalid)
            return error.parameters
        }
    }
}
