import Shared
import Testing

@Suite struct JSONFieldsTests {
    private enum Colour: String, CaseIterable {
        case red
        case green
    }

    /// The faults of a body, each as `parameter code limit`; empty when it is read without any.
    private func faults(_ body: String, _ read: (inout JSONFields) -> Void) throws -> [String] {
        var fields = try JSONFields(body: Array(body.utf8))
        read(&fields)
        do throws(Fault) {
            try fields.finish()
            return []
        } catch {
            #expect(error.code == .invalid)
            return error.parameters.map { fault in
                "\(fault.parameter) \(fault.code.rawValue)" + (fault.limit.map { " \($0)" } ?? "")
            }
        }
    }

    @Test func allFaultsComeAtOnceInTheOrderOfTheBody() throws {
        let body = """
            {"surplus": 1, "rows": [{"n": 1}, {"n": "x", "other": 0, "m": 3}, 5], "count": 11, "name": " ", "colour": "blue",
             "ids": [1, 0, 2.5, "3"], "more": {"z": 0}}
            """
        let found = try faults(body) { fields in
            _ = fields.name("name")
            _ = fields.choice("colour", of: Colour.self)
            _ = fields.required(fields.bool("absent"), "absent", true)
            _ = fields.integer("count", in: 1...10)
            let _: [LineID]? = fields.identifiers("ids")
            _ = fields.objects("rows", upTo: 5) { row in
                _ = row.required(row.bool("flag"), "flag", true)
                _ = row.integer("m", in: 1...2)
                _ = row.required(row.integer("n", in: 1...9), "n", 1)
            }
            _ = fields.object("more") { _ in }
        }
        #expect(
            found == [
                "surplus unknown_field", "rows[0].flag required", "rows[1].n invalid_type integer",
                "rows[1].other unknown_field", "rows[1].m out_of_range 1…2", "rows[1].flag required",
                "rows[2] invalid_type object", "count out_of_range 1…10", "name blank",
                "colour out_of_range red, green", "ids[1] unknown_id", "ids[2] invalid_type integer",
                "ids[3] invalid_type integer", "more.z unknown_field", "absent required",
            ]
        )
    }

    @Test func aRightBodyIsReadAsWritten() throws {
        let body = """
            {"name": "Línea <1> ", "text": "a\\nb", "empty": "", "count": 10, "share": 1, "on": false, "id": 7,
             "ids": [3, 1], "days": [7, 1], "colour": "green", "colours": ["red"], "nothing": null}
            """
        var fields = try JSONFields(body: Array(body.utf8))
        #expect(fields.name("name") == "Línea <1> ")
        #expect(fields.optionalLines("text", upTo: 10) == "a\nb")
        #expect(fields.optionalLines("empty", upTo: 10) == nil)
        #expect(fields.integer("count", in: 1...10) == 10)
        #expect(fields.number("share", in: 0...1) == 1)
        #expect(fields.bool("on") == false)
        #expect(fields.identifier("id") == ProductID(7))
        #expect(fields.identifiers("ids") == [LineID(3), LineID(1)])
        #expect(fields.integers("days", in: 1...7) == [7, 1])
        #expect(fields.choice("colour", of: Colour.self) == .green)
        #expect(fields.choices("colours", of: Colour.self) == [.red])
        #expect(fields.optionalText("nothing", upTo: 5) == nil)
        try fields.finish()
    }

    @Test func namesHaveBounds() throws {
        func judge(_ name: String) throws -> [String] {
            var writer = JSONWriter()
            writer.object { $0.field("name", name) }
            return try faults(String(decoding: writer.bytes, as: UTF8.self)) { _ = $0.name("name") }
        }
        for right in [
            "a", String(repeating: "ñ", count: 255), "\"'; DROP TABLE plant; --", "=1+1", "<b>{{x}}</b>", "👩‍🏭",
        ] {
            #expect(try judge(right) == [])
        }
        #expect(try judge(String(repeating: "ñ", count: 256)) == ["name too_long 255"])
        // One character a person counts, but 300 that PostgreSQL counts.
        #expect(try judge("e" + String(repeating: "\u{301}", count: 299)) == ["name too_long 255"])
        for blank in ["", " ", "\u{A0}\u{3000}\u{2029}", "\u{200B}\u{FEFF}\u{2060}"] {
            #expect(try judge(blank) == ["name blank"])
        }
        for control in ["a\n", "\t", "a\u{7F}", "a\u{85}b", "\u{1B}[31m"] {
            #expect(try judge(control) == ["name invalid_format"])
        }
        #expect(try faults(#"{"name": null}"#) { _ = $0.name("name") } == ["name required"])
        #expect(try faults("{}") { _ = $0.name("name") } == ["name required"])
        #expect(try faults(#"{"name": 5}"#) { _ = $0.name("name") } == ["name invalid_type string"])
    }

    @Test(arguments: [
        ("1", []), ("10", []), ("0", ["n out_of_range 1…10"]), ("11", ["n out_of_range 1…10"]),
        ("9223372036854775808", ["n out_of_range 1…10"]), ("-1e30", ["n out_of_range 1…10"]),
        ("5.0", ["n invalid_type integer"]), ("5.5", ["n invalid_type integer"]), ("\"5\"", ["n invalid_type integer"]),
        ("true", ["n invalid_type integer"]), ("[5]", ["n invalid_type integer"]),
    ])
    func integersHaveBounds(_ text: String, _ expected: [String]) throws {
        #expect(try faults("{\"n\": \(text)}") { _ = $0.integer("n", in: 1...10) } == expected)
    }

    @Test(arguments: [
        ("0", []), ("0.5", []), ("1", []), ("-0.0", []), ("-0.1", ["n out_of_range 0…1"]),
        ("1.0000001", ["n out_of_range 0…1"]),
        ("1e300", ["n out_of_range 0…1"]), ("\"NaN\"", ["n invalid_type number"]), ("false", ["n invalid_type number"]),
    ])
    func numbersHaveBounds(_ text: String, _ expected: [String]) throws {
        #expect(try faults("{\"n\": \(text)}") { _ = $0.number("n", in: 0...1) } == expected)
    }

    @Test(arguments: [
        ("1", []), ("2147483647", []), ("2147483648", ["id unknown_id"]), ("0", ["id unknown_id"]),
        ("-1", ["id unknown_id"]),
        ("1e30", ["id unknown_id"]), ("1.0", ["id invalid_type integer"]), ("\"1\"", ["id invalid_type integer"]),
    ])
    func identifiersFitTheDatabase(_ text: String, _ expected: [String]) throws {
        #expect(try faults("{\"id\": \(text)}") { let _: LineID? = $0.identifier("id") } == expected)
    }

    @Test func listsHaveBounds() throws {
        func judge(_ text: String) throws -> [String] {
            try faults("{\"ids\": \(text)}") { let _: [LineID]? = $0.distinctIdentifiers("ids") }
        }
        #expect(try judge("[1, 2]") == [])
        #expect(try judge("null") == [])
        #expect(try judge("[]") == ["ids required"])
        #expect(try judge("[1, 2, 1, 2]") == ["ids[2] duplicate_value", "ids[3] duplicate_value"])
        #expect(try judge("[0]") == ["ids[0] unknown_id"])
        #expect(try judge("1") == ["ids invalid_type array"])
        #expect(try judge("[" + (1...1_001).map(String.init).joined(separator: ",") + "]") == ["ids too_many 1000"])
    }

    @Test func aBodyOfFaultsStaysSmall() throws {
        let members = (0..<20_000).map { "\"k\($0)\": 1" }.joined(separator: ",")
        #expect(try faults("{\(members)}") { _ in }.count == JSONFields.maximumFaults)
        let long = String(repeating: "k", count: 50_000)
        #expect(try faults("{\"\(long)\": 1}") { _ in } == ["\(long.prefix(100)) unknown_field"])
    }

    @Test func whatIsNoObjectIsRefused() throws {
        _ = try JSONFields(body: Array("{}".utf8))
        #expect(throws: Fault.invalid("body", .invalidType, limit: "object")) { try JSONFields(body: Array("[]".utf8)) }
        #expect(throws: Fault(code: .invalidJSON)) { try JSONFields(body: Array("{".utf8)) }
        #expect(throws: Fault(code: .invalidJSON)) { try JSONFields(body: []) }
        let repeated = Fault(code: .invalidJSON, parameters: [ParameterFault(parameter: "a", code: .duplicateField)])
        #expect(throws: repeated) { try JSONFields(body: Array(#"{"a": 1, "a": 1}"#.utf8)) }
    }

    @Test func aParameterHasOneFault() throws {
        let found = try faults(#"{"n": 5}"#) { fields in
            fields.fault("n", .notAllowed)
            fields.fault("n", .outOfRange)
        }
        #expect(found == ["n not_allowed"])
    }
}
