import Foundation
import Shared
import Testing

@testable import Gateway

@Suite("Languages")
struct RenderLanguageTests {
    private static func templates() throws -> PageTemplates {
        try PageTemplates(folder: PageResources.folder.appendingPathComponent("Templates"))
    }

    @Test("Every text named exists, and every text that exists is named", arguments: LanguageCode.allCases)
    func keysAreExact(language: LanguageCode) throws {
        let named = PageRenderer.textKeys(try Self.templates())
        let present = Set(try RenderSupport.renderer.get().localisations[language].tree.texts.keys)
        #expect(named.subtracting(present).sorted() == [])
        #expect(present.subtracting(named).sorted() == [])
    }

    @Test("Swift names no text that it does not use")
    func textKeysAreUsed() throws {
        let render = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Sources/Gateway/Render").standardizedFileURL
        let files = try #require(FileManager.default.enumerator(at: render, includingPropertiesForKeys: nil))
        var source = ""
        for case let file as URL in files where file.pathExtension == "swift" {
            if file.lastPathComponent == "TextKey.swift" { continue }
            source += try String(contentsOf: file, encoding: .utf8)
        }
        let unused = TextKey.allCases.map { "\($0)" }.filter { !source.contains(".\($0)") }
        #expect(unused == [])
    }

    @Test("Both languages fill the same places in the same texts")
    func placeholdersAgree() throws {
        let localisations = try RenderSupport.renderer.get().localisations
        func places(_ text: String) -> [String] { text.matches(of: /\{[a-z]+\}/).map { String($0.output) }.sorted() }
        for (key, text) in localisations[.spanish].tree.texts {
            let other = localisations[.english].tree.texts[key] ?? ""
            #expect(places(text) == places(other), "\(key)")
            #expect(!text.isEmpty && !other.isEmpty, "\(key)")
        }
    }

    @Test("A missing text stops the start and is named")
    func missingTextThrows() throws {
        let copy = FileManager.default.temporaryDirectory.appendingPathComponent("render-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: copy) }
        try FileManager.default.createDirectory(at: copy, withIntermediateDirectories: true)
        for folder in ["Templates", "Languages"] {
            try FileManager.default.copyItem(
                at: PageResources.folder.appendingPathComponent(folder),
                to: copy.appendingPathComponent(folder)
            )
        }
        _ = try PageRenderer(resources: copy)
        let file = copy.appendingPathComponent("Languages/en.json")
        let text = try String(contentsOf: file, encoding: .utf8)
        try text.replacing(#""sign_out":"#, with: #""sign_off":"#).write(to: file, atomically: true, encoding: .utf8)
        #expect(throws: RenderingError.missingTexts(language: "en", keys: ["menu.sign_out"])) {
            try PageRenderer(resources: copy)
        }
    }

    @Test(arguments: [
        ("en-GB,en;q=0.9,es;q=0.8", LanguageCode.english), ("fr, es-AR;q=0.5, en;q=0.4", .spanish),
        ("de;q=1, *;q=0.1", .spanish), ("es;q=0, en;q=0.1", .english), ("EN", .english),
    ])
    func acceptLanguage(header: String, expected: LanguageCode) {
        #expect(LanguageCode(acceptLanguage: header) == expected)
    }

    @Test func unknownLanguagesAreNone() {
        for header in ["", "fr", "en;q=0", ";;;,,", "q=1"] {
            #expect(LanguageCode(acceptLanguage: header) == nil)
        }
    }

    @Test("The choice on the page wins, then the user's, then the browser's, then Spanish")
    func precedence() {
        #expect(LanguageCode.chosen(cookie: "en", user: .spanish, acceptLanguage: "es") == .english)
        #expect(LanguageCode.chosen(cookie: "xx", user: .spanish, acceptLanguage: "en") == .spanish)
        #expect(LanguageCode.chosen(cookie: nil, user: nil, acceptLanguage: "en") == .english)
        #expect(LanguageCode.chosen(cookie: nil, user: nil, acceptLanguage: "fr") == .spanish)
    }

    @Test("Every fault has words, and a parameter's limit is told")
    func faultTexts() throws {
        let texts = try RenderSupport.renderer.get().faultTexts
        #expect(texts.text(of: .storageFull, in: .english).title == "Storage full")
        #expect(texts.text(of: .storageFull, in: .spanish).title == "Almacenamiento lleno")
        let fault = ParameterFault(parameter: "interval", code: .outOfRange, limit: "1…86400")
        #expect(texts.message(of: fault, in: .english) == "The value is outside the permitted range: 1…86400.")
        #expect(texts.text(ofCode: "nope", in: .english).title == "Internal error")
    }

    @Test("What would be right is told as people read it")
    func limitsInWords() throws {
        let texts = try RenderSupport.renderer.get().faultTexts
        func told(_ code: ParameterFaultCode, _ limit: String?, _ language: LanguageCode) -> String {
            texts.message(of: ParameterFault(parameter: "to", code: code, limit: limit), in: language)
        }
        #expect(
            told(.periodTooLong, BucketSize.minute.limit.text, .spanish)
                == "El período puede ser de 7 días como máximo.")
        #expect(told(.periodTooLong, PeriodLimit.longest.text, .english) == "The period can be 10 years at most.")
        #expect(told(.periodTooLong, nil, .spanish) == "El período es más largo de lo permitido.")
        for size in BucketSize.allCases { #expect(PeriodLimit(text: size.limit.text) == size.limit) }
        for text in ["", "P", "P7", "7D", "PD", "P0D", "P-1Y", "P1W"] {
            #expect(PeriodLimit(text: text) == nil, "\(text)")
        }
        #expect(
            told(.invalidTime, "YYYY-MM-DD", .spanish) == "La fecha u hora no es válida. Se espera AAAA-MM-DD.")
        #expect(
            told(.invalidTime, "YYYY-MM-DD, YYYY-MM-DDTHH:MM:SSZ", .english)
                == "The date or time is not valid. Expected: YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ.")
        #expect(told(.invalidTime, nil, .english) == "The date or time is not valid or has no offset.")
        #expect(told(.notAllowed, "period=custom", .spanish) == "Solo se permite con period=custom.")
    }
}
