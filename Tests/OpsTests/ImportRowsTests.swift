import Foundation
import Shared
import Testing

@testable import OpsCLI

@Suite struct ImportRowsTests {
    private static func zone(_ name: String) throws -> TimeZoneRules { try TimeZoneDatabase().rules(named: name) }

    private static func time(_ text: String, _ zone: String) throws -> NaiveTime {
        NaiveTime(Array(text.utf8)[...], in: try Self.zone(zone))
    }

    private static func instant(_ text: String, isRepeated: Bool = false) throws -> NaiveTime {
        .instant(try Instant(iso8601: text), isRepeated: isRepeated)
    }

    // Spring of 2026: Madrid on 29 March at 02:00, Santiago on 6 September at 00:00 (24:00 of the 5th).
    // Autumn: Madrid on 25 October at 03:00, Santiago on 5 April at 00:00 (24:00 of the 4th).

    @Test(arguments: [
        ("2026-03-04T10:00:00", "Europe/Madrid", "2026-03-04T09:00:00Z"),
        ("2026-03-04 10:00", "Europe/Madrid", "2026-03-04T09:00:00Z"),
        ("2026-07-04 10:00:00.1234567", "Europe/Madrid", "2026-07-04T08:00:00.123456Z"),
        ("2026-03-29 01:59:59.999999", "Europe/Madrid", "2026-03-29T00:59:59.999999Z"),
        ("2026-03-29 03:00:00", "Europe/Madrid", "2026-03-29T01:00:00Z"),
        ("2026-10-25 03:00:00", "Europe/Madrid", "2026-10-25T02:00:00Z"),
        ("2026-09-06 01:00:00", "America/Santiago", "2026-09-06T04:00:00Z"),
        ("2026-03-04T10:00:00+05:00", "Europe/Madrid", "2026-03-04T05:00:00Z"),
        ("2026-03-04 10:00:00Z", "America/Santiago", "2026-03-04T10:00:00Z"),
    ])
    func aLocalTimeGetsItsOffset(text: String, zone: String, instant: String) throws {
        #expect(try Self.time(text, zone) == Self.instant(instant))
    }

    @Test(arguments: [
        ("2026-10-25 02:00:00", "Europe/Madrid", "2026-10-25T00:00:00Z"),
        ("2026-10-25 02:59:59.999999", "Europe/Madrid", "2026-10-25T00:59:59.999999Z"),
        ("2026-04-04 23:00:00", "America/Santiago", "2026-04-05T02:00:00Z"),
        ("2026-04-04 23:59:59", "America/Santiago", "2026-04-05T02:59:59Z"),
        ("2026-04-05 01:45:00", "Australia/Lord_Howe", "2026-04-04T14:45:00Z"),
    ])
    func aRepeatedTimeIsTheFirst(text: String, zone: String, instant: String) throws {
        #expect(try Self.time(text, zone) == Self.instant(instant, isRepeated: true))
    }

    @Test(arguments: [
        ("2026-03-29 02:00:00", "Europe/Madrid"), ("2026-03-29 02:59:59.999999", "Europe/Madrid"),
        ("2026-09-06 00:00:00", "America/Santiago"), ("2026-09-06 00:59:59", "America/Santiago"),
    ])
    func aTimeThatNoClockShowedIsNone(text: String, zone: String) throws {
        #expect(try Self.time(text, zone) == .neverShown)
    }

    @Test(arguments: [
        "", "2026-03-04", "04/03/2026 10:00", "2026-02-30 10:00", "2026-03-04 24:00", "2026-03-04T10:00:60",
    ])
    func whatIsNoTimeIsLeftToTheServer(text: String) throws {
        #expect(try Self.time(text, "Europe/Madrid") == .other)
    }

    @Test func rowsAreSentWithTheirLineAndNewNames() throws {
        let columns = try CSVColumns(
            header: Array("detection_id,detected_at,area_id,product_id".utf8)[...],
            renamed: ["detection_id": SourceRow.Field?.none], hasLine: true)
        let translation = RowTranslation(
            line: "L1", zone: try Self.zone("Europe/Madrid"), areas: ["3": "output"], products: ["17": "red, large"])
        let row = try columns.row(Array("901,2026-03-04 10:00:00,3,17".utf8)[...])
        var bytes: [UInt8] = []
        try translation.translate(row).row.append(to: &bytes)
        #expect(
            String(decoding: bytes, as: UTF8.self) == "L1,,output,,\"red, large\",,2026-03-04T09:00:00Z,\n")
        #expect(
            String(decoding: SourceRow.header, as: UTF8.self)
                == "line,line_id,area,area_id,product,product_id,detected_at,event_id\n")
    }

    @Test func aRowOfAnotherLineIsRejected() throws {
        let translation = RowTranslation(line: "L1", zone: nil, areas: [:], products: [:])
        var row = SourceRow()
        row.line = Array("L2".utf8)[...]
        #expect(throws: RowRejection.self) { try translation.translate(row) }
        row.line = Array("L1".utf8)[...]
        #expect(try translation.translate(row).row.line == Array("L1".utf8)[...])
    }

    @Test func allThatIsWrongWithAHeaderIsToldAtOnce() throws {
        do {
            _ = try CSVColumns(
                header: Array("detected_at,area,area,weight".utf8)[...], renamed: ["when": .detectedAt], hasLine: false)
            Issue.record("taken")
        } catch {
            for part in ["weight", "area is there twice", "when", "column line", "column product"] {
                #expect(error.description.contains(part), "\(error)")
            }
        }
    }

    @Test(arguments: [
        (#"{"line_id":1,"area":"in","product_id":2,"detected_at":"t","event_id":null}"#, ",1" as String?),
        (#"{"line_id":"1"}"#, nil), (#"{"weight":1}"#, nil), (#"[1]"#, nil), (#"{"line":""}"#, nil), (#"{"#, nil),
        (#"{"line":"a","line":"b"}"#, nil),
    ])
    func objectsAreRows(text: String, beginning: String?) throws {
        let row = try? SourceFormat.ndjson.row(Array(text.utf8)[...])
        #expect((row == nil) == (beginning == nil))
        guard let row, let beginning else { return }
        var bytes: [UInt8] = []
        row.append(to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self).hasPrefix(beginning))
    }
}
