import Testing

@testable import Identity

@Suite struct FoldedNameTests {
    @Test(arguments: [
        ("Ada", " ada\n"), ("JOSÉ", "jose\u{301}"), ("Straße", "STRASSE"), ("STRAẞE", "straße"), ("ΣΟΦΟΣ", "σοφος"),
        ("ﬁn", "FIN"), ("\u{a8}x", "\u{308}x"), ("a@B.org", "\u{a0}A@b.ORG\t"),
    ])
    func oneName(left: String, right: String) {
        #expect(Array(FoldedName(left).text.utf8) == Array(FoldedName(right).text.utf8))
        #expect(FoldedName(FoldedName(left).text) == FoldedName(left))
    }

    @Test(arguments: [("ada", "ade"), ("jose", "josé"), ("a b", "ab")])
    func twoNames(left: String, right: String) {
        #expect(FoldedName(left) != FoldedName(right))
    }
}
