import Testing

@testable import Identity

@Suite struct APIKeyTokenTests {
    @Test func isReadBackAndMatchesItsHashOnly() throws {
        let key = APIKeyToken()
        let read = try #require(APIKeyToken(text: key.text))
        #expect(read.publicID == key.publicID)
        #expect(read.secretHash.count == 32)
        #expect(read.matches(key.secretHash))
        #expect(!read.matches(APIKeyToken().secretHash))
        #expect(!read.matches([]))
    }

    @Test func hashIsSHA256OfTheSecret() throws {
        let key = try #require(APIKeyToken(text: "camet_abcdefgh_" + String(repeating: "a", count: 32)))
        // printf 'a%.0s' {1..32} | sha256sum
        let expected = "3ba3f5f43b92602683c19aee62a20342b084dd5971ddd33808d81a328879a547"
        #expect(key.secretHash.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() == expected)
    }

    @Test(arguments: [
        "", "camet", "camet__", "camet_abcdefgh_short", "Camet_abcdefgh_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "camet_abcdefgh_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_", "camet_abc-efgh_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "camet_abcdefgh_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaañ", " camet_abcdefgh_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ])
    func refuses(text: String) {
        #expect(APIKeyToken(text: text) == nil)
        #expect(APIKeyToken(text: "camet_abcdefgh_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa") != nil)
    }
}
