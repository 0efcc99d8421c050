import Shared
import Testing

@Suite struct JSONWriterTests {
    private func written(_ body: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        body(&writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test func putsCommasWhereTheyBelong() {
        let text = written { writer in
            writer.object { writer in
                writer.field("a", Int64.min)
                writer.field("b", nil as String?)
                writer.key("c")
                writer.array { writer in
                    writer.value(1)
                    writer.array { _ in }
                    writer.object { _ in }
                    writer.object { $0.field("x", true) }
                    writer.raw("[2]".utf8)
                    writer.null()
                }
                writer.field("d", seconds: -1_500_000)
                writer.key(dynamic: "e\"")
                writer.value(plainASCII: "06:00".utf8)
                writer.field("f", Instant(microseconds: 1))
            }
        }
        let expected =
            #"{"a":-9223372036854775808,"b":null,"c":[1,[],{},{"x":true},[2],null],"d":-1.5,"e\"":"06:00","#
            + #""f":"1970-01-01T00:00:00.000001Z"}"#
        #expect(text == expected)
        #expect(throws: Never.self) { try JSONReader.value(of: Array(text.utf8)) }
    }

    @Test func escapesWhatCouldEndAScript() {
        let text = written { $0.value("</script>&\u{2028}\u{2029}\u{2027}\"\\\n\u{1}\u{7F}é🏭'") }
        #expect(text == #""\u003c/script\u003e\u0026\u2028\u2029"# + "\u{2027}" + #"\"\\\n\u0001\u007fé🏭'""#)
    }

    @Test(arguments: [
        (1.0, "1.0"), (0.1, "0.1"), (-2.5, "-2.5"), (93_600, "93600.0"), (0.8854166666666666, "0.8854166666666666"),
        (1e300, "1e+300"), (.leastNonzeroMagnitude, "5e-324"), (.nan, "null"), (.infinity, "null"),
        (-.infinity, "null"),
    ])
    func writesTheShortestNumber(_ number: Double, _ expected: String) {
        #expect(written { $0.value(number) } == expected)
    }

    @Test(
        arguments: [(0, "0"), (1, "0.000001"), (60_000_000, "60"), (-1, "-0.000001"), (1_230_000, "1.23")]
            as [(Int64, String)])
    func writesMicrosecondsAsSeconds(_ microseconds: Int64, _ expected: String) {
        #expect(written { $0.seconds(microseconds) } == expected)
    }
}
