import Shared
import Testing

@Suite("What is searched for")
struct SearchedTextTests {
    @Test(
        "capitals, accents and kinds of space make no difference",
        arguments: [
            ("mecanica", "Mecánica · Correa"), ("CORREA", "correa rota"), ("25 min", "25\u{A0}min"), ("nino", "Niño"),
            ("niño", "nin\u{303}o"), ("  a   b ", "x a b y"), ("1.200", "1.200"), ("ß", "Straße"),
        ])
    func found(search: String, cell: String) {
        #expect(SearchedText(search).isIn([nil, cell]))
    }

    @Test("what is in no cell is not found", arguments: [("ab", ["a", "b"]), ("x", []), ("1200", ["1.200"])])
    func notFound(search: String, cells: [String]) {
        #expect(!SearchedText(search).isIn(cells))
        #expect(SearchedText(search).isIn(cells + [search]))
    }
}
