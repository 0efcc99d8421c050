import Testing

@testable import Shared

/// What bodies take, learned from the code that reads them.
@Suite struct JSONFieldsShapeTests {
    private enum Word: String, CaseIterable {
        case one
        case two
    }

    @Test func eachKindNotesWhatItTakesInTheOrderOfAsking() {
        let shape = JSONFields.shape { fields in
            _ = fields.name("name")
            _ = fields.integer("integer", in: 1...7)
            _ = fields.required(fields.number("number", in: 0...1), "number", 0)
            _ = fields.bool("flag")
            _ = fields.identifier("id", as: LineID.self)
            _ = fields.choice("word", of: Word.self)
            _ = fields.required(fields.instant("at"), "at", Instant(microseconds: 0))
            _ = fields.optionalLines("lines", upTo: 9)
        }
        #expect(
            shape
                == .object([
                    JSONShape.Member("name", .text(upTo: 255), isRequired: true),
                    JSONShape.Member("integer", JSONShape.integer(1...7).orNull, isRequired: false),
                    JSONShape.Member("number", .number(0...1), isRequired: true),
                    JSONShape.Member("flag", JSONShape.boolean.orNull, isRequired: false),
                    JSONShape.Member("id", JSONShape.id.orNull, isRequired: false),
                    JSONShape.Member("word", JSONShape.words(["one", "two"]).orNull, isRequired: false),
                    JSONShape.Member("at", .instant, isRequired: true),
                    JSONShape.Member(
                        "lines", JSONShape.text(JSONShape.Text(lengths: 0...9)).orNull, isRequired: false),
                ])
        )
    }

    @Test func objectsInsideAndListsAreToldWithWhatIsInThem() {
        let shape = JSONFields.shape { fields in
            _ = fields.objects("breaks", upTo: 24) { fields in fields.name("name") }
            let ids = fields.required(fields.distinctIdentifiers("ids", as: LineID.self), "ids", [])
            #expect(ids.isEmpty)
        }
        let inner = JSONShape.object([JSONShape.Member("name", .text(upTo: 255), isRequired: true)])
        #expect(
            shape
                == .object([
                    JSONShape.Member("breaks", JSONShape.list(inner, upTo: 24).orNull, isRequired: false),
                    JSONShape.Member("ids", .list(.id, lengths: 1...1_000, isDistinct: true), isRequired: true),
                ])
        )
    }

    @Test func theFirstWordAboutAFieldHoldsAndNothingIsNotedWhereSomethingIsRead() throws {
        let read: (inout JSONFields) -> Void = { fields in
            fields.note("color", .text(pattern: "^#", example: "#000000"))
            _ = fields.plainString("color")
        }
        let expected = JSONShape.text(pattern: "^#", example: "#000000").orNull
        #expect(JSONFields.shape(of: read) == .object([JSONShape.Member("color", expected, isRequired: false)]))
        var fields = try JSONFields(body: Array(##"{"color": "#ffffff"}"##.utf8))
        read(&fields)
        try fields.finish()
        #expect(fields.described == nil)
    }

    @Test(arguments: MasterDataResource.allCases)
    func everyBodyOfMasterDataTellsItsFields(resource: MasterDataResource) {
        guard case .named(let name, .object(let members)) = resource.body.shape else {
            Issue.record("no object")
            return
        }
        #expect(name.hasSuffix("Body"))
        #expect(members.contains { $0.isRequired })
        #expect(!members.contains { $0.shape == .any || $0.shape == JSONShape.any.orNull })
        #expect(members.contains { $0.name == "valid_from" } == resource.isDated)
    }
}
