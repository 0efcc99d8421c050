import Foundation
import Shared
import Testing

@Suite("What is searched for")
struct SearchedTextTests {
    private struct Case: Decodable {
        let search: String
        let text: String
        let isFound: Bool
    }

    /// The pages' search is tested by the same cases, in test_filters_page.py.
    @Test("a text is found or not as searched_texts.json says")
    func cases() throws {
        let tests = (0..<3).reduce(URL(filePath: #filePath)) { file, _ in file.deletingLastPathComponent() }
        let file = tests.appending(path: "BrowserTests/searched_texts.json")
        let cases = try JSONDecoder().decode([Case].self, from: Data(contentsOf: file))
        #expect(!cases.isEmpty)
        for one in cases {
            #expect(SearchedText(one.search).isIn([nil, one.text]) == one.isFound, "\(one.search) in \(one.text)")
        }
    }

    @Test("what is in no cell is not found", arguments: [("ab", ["a", "b"]), ("x", [])])
    func notFound(search: String, cells: [String]) {
        #expect(!SearchedText(search).isIn(cells))
        #expect(SearchedText(search).isIn(cells + [search]))
    }
}
