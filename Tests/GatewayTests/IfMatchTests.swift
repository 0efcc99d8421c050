import IPC
import NIOHTTP1
import Testing

@testable import Gateway

@Suite struct IfMatchTests {
    private func precondition(_ lines: String...) -> Precondition {
        IfMatch.precondition(RequestFields(HTTPHeaders(lines.map { ("if-match", $0) })))
    }

    @Test func withoutTheHeaderNothingIsAsked() {
        #expect(precondition() == .absent)
        #expect(precondition().holds(for: "a"))
    }

    @Test func aStarAsksForTheObject() {
        #expect(precondition("*") == .exists)
        #expect(precondition("  * ") == .exists)
        #expect(precondition("*").holds(for: "a"))
    }

    @Test func oneOfSeveralTagsIsEnough() {
        #expect(precondition(#""1f""#) == .matches(["1f"]))
        #expect(precondition(#""a,b" , "c""#, #""d""#) == .matches(["a,b", "c", "d"]))
        #expect(precondition(#""a", "b""#).holds(for: "b"))
        #expect(!precondition(#""a", "b""#).holds(for: "c"))
    }

    @Test func weakTagsMatchNothing() {
        #expect(precondition(#"W/"a""#) == .matches([]))
        #expect(precondition(#"W/"a", "b""#) == .matches(["b"]))
        #expect(!precondition(#"W/"a""#).holds(for: "a"))
    }

    @Test(arguments: ["", "a", #""a"#, "**", "*, \"a"]) func whatIsNoTagMatchesNothing(_ text: String) {
        #expect(precondition(text) == .matches([]))
        #expect(!precondition(text).holds(for: "a"))
    }
}
