import Testing

@testable import Identity

@Suite struct RecoveryCodeTests {
    @Test func isReadBackHoweverItIsTyped() throws {
        let code = RecoveryCode()
        #expect(code.text.split(separator: "-").map(\.count) == Array(repeating: 4, count: 6))
        let spellings = [
            code.text, code.text.uppercased(), " " + code.text.replacing("-", with: " "),
            code.text.replacing("-", with: ""),
            code.text.replacing("0", with: "O").replacing("1", with: "l"), code.text.replacing("1", with: "I"),
        ]
        for spelling in spellings {
            #expect(try #require(RecoveryCode(typed: spelling)).hash == code.hash)
        }
        #expect(RecoveryCode().hash != code.hash)
    }

    @Test func anythingElseIsNone() {
        let code = RecoveryCode().text
        for wrong in [
            "", "123456", String(code.dropLast()), code + "a", code.dropLast() + "u",
            String(repeating: "-", count: 200),
        ] {
            #expect(RecoveryCode(typed: String(wrong)) == nil)
        }
    }
}
