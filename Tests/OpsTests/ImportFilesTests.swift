import Foundation
import Shared
import Testing

@testable import OpsCLI

@Suite struct ImportFilesTests {
    /// A file that is gone afterwards.
    private static func with<Answer>(_ text: String, _ body: (String) throws -> Answer) throws -> Answer {
        let path = FileManager.default.temporaryDirectory.appending(path: "import-\(UUID()).csv").path()
        try Data(text.utf8).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try body(path)
    }

    private static func records(
        _ text: String, takesQuotes: Bool = true
    ) throws -> [(text: String, offset: Int, line: Int, isBroken: Bool)] {
        try with(text) { path in
            var reader = try RecordReader(path: path, takesQuotes: takesQuotes)
            var found: [(text: String, offset: Int, line: Int, isBroken: Bool)] = []
            while let record = try reader.next() {
                found.append(
                    (String(decoding: record.bytes, as: UTF8.self), record.offset, record.line, record.isBroken))
            }
            return found
        }
    }

    @Test func aRecordIsALineOrWhatGoesOnInQuotationMarks() throws {
        let found = try Self.records("a,b\r\n\n\"one\ntwo\",c\nlast")
        #expect(found.map(\.text) == ["a,b", "\"one\ntwo\",c", "last"])
        #expect(found.map(\.line) == [1, 3, 5])
        #expect(found.map(\.offset) == [0, 6, 18])
        #expect(found.allSatisfy { !$0.isBroken })
        #expect(try Self.records("\"a\nb\"", takesQuotes: false).map(\.text) == ["\"a", "b\""])
        #expect(try Self.records("c\n\"a\nb\"").map(\.text) == ["c", "\"a\nb\""])
    }

    @Test func aQuotationMarkThatIsNeverClosedSpoilsItsLineOnly() throws {
        let found = try Self.records("a\n\"b\nc\nd")
        #expect(found.map(\.text) == ["a", "\"b", "c", "d"])
        #expect(found.map(\.isBroken) == [false, true, false, false])
    }

    @Test func aRecordThatIsTooLongIsBroken() throws {
        let long = String(repeating: "x", count: RecordReader.longestRecord)
        let found = try Self.records("\(long)\n\(long)x\nb")
        #expect(found.map(\.isBroken) == [false, true, false])
    }

    /// Many records over the borders of what is read at once are the same as from any place on.
    @Test func readingGoesOnFromAnyRecord() throws {
        let texts = (0..<60_000).map { "row \($0) of a file that is longer than what is read at once" }
        try Self.with(texts.joined(separator: "\n")) { path in
            var reader = try RecordReader(path: path, takesQuotes: true)
            var places: [RecordReader.Place] = []
            var found: [String] = []
            while true {
                let place = reader.place
                guard let record = try reader.next() else { break }
                places.append(place)
                found.append(String(decoding: record.bytes, as: UTF8.self))
            }
            #expect(found == texts)
            for index in [0, 1, 17_000, 40_001, 59_999] {
                var later = try RecordReader(path: path, takesQuotes: true, from: places[index])
                let record = try #require(try later.next())
                #expect(String(decoding: record.bytes, as: UTF8.self) == texts[index])
                #expect(record.line == index + 1)
                #expect(try reader.bytes(at: record.offset, count: record.bytes.count) == Array(texts[index].utf8))
            }
        }
    }

    @Test func aJournalIsKnownByItsNameToBeOfATenant() {
        let name = ImportJournal.name(tenant: "north", digest: "0", line: "L1")
        #expect(ImportJournal.isName(name + ".ndjson", of: "north"))
        #expect(ImportJournal.isName(name + "-stops.ndjson", of: "north"))
        for other in ["nort", "north-", "north-2", "south"] {
            #expect(!ImportJournal.isName(name + ".ndjson", of: other))
        }
        let longer = ImportJournal.name(tenant: "north-2", digest: "0", line: nil)
        #expect(!ImportJournal.isName(longer + ".ndjson", of: "north"))
        #expect(ImportJournal.isName(longer + ".ndjson", of: "north-2"))
    }

    @Test func aFileThatIsWrittenToIsSeen() throws {
        try Self.with("a\n") { path in
            let state = try FileState(of: path)
            #expect(try FileState(of: path) == state)
            let handle = try #require(FileHandle(forWritingAtPath: path))
            try handle.seekToEnd()
            try handle.write(contentsOf: Data("b\n".utf8))
            try handle.close()
            #expect(try FileState(of: path) != state)
        }
        #expect(throws: OpsFailure.self) { try FileState(of: "/nowhere/at/all") }
    }

    @Test func rejectedRowsGoOnWhereTheLastPartThatWasAcknowledgedEnded() throws {
        try Self.with("of another import") { path in
            let none = try RejectedRowsFile(path: path, length: 0)
            #expect(!FileManager.default.fileExists(atPath: path))
            try none.add(line: 2, .unreadable("no"), row: Array("a \"b\"".utf8))
            let whole = "line,code,field,message,row\n2,invalid_row,\"detection\",\"no\",\"a \"\"b\"\"\"\n"
            #expect(none.length == whole.utf8.count)
            try none.add(line: 3, .unreadable("not acknowledged"), row: [])
            _ = try RejectedRowsFile(path: path, length: whole.utf8.count)
            #expect(try String(contentsOfFile: path, encoding: .utf8) == whole)
        }
    }

    @Test func aJournalOfStopsKnowsWhatIsDone() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "journals-\(UUID())").path()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func heading(_ zone: String) -> StopsJournal.Heading {
            StopsJournal.Heading(
                sha256: "0", tenant: "t", line: nil, zone: zone, columns: [:], file: "f",
                startedAt: "2026-03-04T10:00:00Z")
        }
        do {
            let journal = try StopsJournal(folder: folder, heading("Europe/Madrid"))
            #expect(throws: OpsFailure.self) { try StopsJournal(folder: folder, heading("Europe/Madrid")) }
            try journal.note(.registered(isPlanned: false), ofRow: 1)
            try journal.note(.rejected(.unreadable("no")), ofRow: 2)
            try journal.note(.justified, ofRow: 3)
            try journal.note(.leftToCalculation, ofRow: 4)
        }
        #expect(throws: OpsFailure.self) { try StopsJournal(folder: folder, heading("America/Santiago")) }
        let journal = try StopsJournal(folder: folder, heading("Europe/Madrid"))
        #expect(journal.outcome(ofRow: 1) == .registered(isPlanned: false))
        #expect(journal.outcome(ofRow: 3) == .justified)
        #expect(journal.outcome(ofRow: 2) == nil)
        #expect(journal.outcome(ofRow: 4) == nil)
    }

    @Test func aPartHoldsNoMoreMonthsThanOneRequestMayBegin() throws {
        let translation = RowTranslation(line: "L1", zone: nil, areas: [:], products: [:])
        var part = ImportPart(number: 0, from: .start)
        func add(_ month: Int) throws -> Bool {
            var row = SourceRow()
            let text = "\(1990 + month / 12)-\(month % 12 < 9 ? "0" : "")\(month % 12 + 1)-15T12:00:00Z"
            row.detectedAt = Array(text.utf8)[...]
            return part.add(
                try translation.translate(row), of: LineID(1), ImportPart.Origin(offset: 0, count: 1, line: month + 2),
                upTo: RecordReader.Place(offset: month, line: month + 3))
        }
        for month in 0..<120 { #expect(try add(month)) }
        #expect(try !add(120))
        #expect(try add(7))
        #expect(part.rows == 121)
        #expect(part.end == RecordReader.Place(offset: 7, line: 10))
    }

    @Test func aPartHoldsSoManyRowsRejectedOnesIncluded() throws {
        var part = ImportPart(number: 3, from: .start)
        let origin = ImportPart.Origin(offset: 0, count: 1, line: 2)
        for _ in 0..<ImportPart.mostRows {
            let isTaken = part.reject(.unreadable("no"), origin, upTo: .start)
            #expect(isTaken)
        }
        let isTaken = part.reject(.unreadable("no"), origin, upTo: .start)
        #expect(!isTaken)
        #expect(part.rejected.count == ImportPart.mostRows)
        #expect(part.sent.isEmpty)
    }

    @Test func aJournalGoesOnAfterItsLastWholeLine() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "journals-\(UUID())").path()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func stored(_ part: Int) -> ImportJournal.Stored {
            ImportJournal.Stored(
                part: part, rows: 10, stored: 9, duplicates: 0, rejected: 1, repeatedTimes: 0, rejectedByDay: [],
                end: RecordReader.Place(offset: 100 * part, line: part), rejectsLength: 5)
        }
        var path = ""
        do {
            let journal = try ImportJournal(folder: folder, name: "t")
            path = journal.path
            #expect(throws: OpsFailure.self) { try ImportJournal(folder: folder, name: "t") }
            try journal.note(stored(0))
            try journal.note(ImportJournal.Sending(part: 1, at: "2026-03-04T10:00:00Z", sender: "k"))
        }
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(#"{"stored":{"part":1"#.utf8))
        try handle.close()
        do {
            let journal = try ImportJournal(folder: folder, name: "t")
            #expect(journal.stored.map(\.part) == [0])
            #expect(journal.unanswered?.part == 1)
            try journal.note(stored(1))
            #expect(journal.unanswered == nil)
            try journal.finish(at: "2026-03-04T10:00:01Z")
        }
        let journal = try ImportJournal(folder: folder, name: "t")
        #expect(journal.stored.map(\.end.offset) == [0, 100])
        #expect(journal.finishedAt == "2026-03-04T10:00:01Z")
    }
}
