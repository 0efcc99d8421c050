import NIOCore
import Shared
import Testing

@testable import IPC

@Suite struct WireTests {
    private static let principals: [Principal] =
        Role.allCases.map { Principal(kind: .user(UserID(.max), $0), tenant: TenantID(1)) } + [
            Principal(
                kind: .apiKey(APIKeyID(3), [.read, .ingest]), tenant: TenantID(2), plants: [], language: .english),
            Principal(
                kind: .apiKey(APIKeyID(3), Set(KeyScope.allCases)),
                tenant: TenantID(2),
                permissions: Set(Permission.allCases),
                plants: (1...300).map { PlantID($0) }
            ),
        ]
        + DeviceKind.allCases.map {
            Principal(kind: .device(DeviceID(.max), $0), tenant: TenantID(1), plants: [PlantID(1)])
        }

    private static let faults: [Fault] =
        FaultCode.allCases.map { Fault(code: $0, retryAfterSeconds: 3) }
        + LimitName.allCases.map { Fault(code: .rateLimited, retryAfterSeconds: 3, limit: $0) }
        + ParameterFaultCode.allCases.map { Fault.invalid("breaks[1].start_time", $0, limit: "ñ…1") }

    /// Every kind of message, by its name.
    private static var everything: [(name: String, bytes: ByteBuffer, decode: (inout ByteBuffer) throws -> Bool)] {
        var all: [(String, ByteBuffer, (inout ByteBuffer) throws -> Bool)] = []
        func add<Value: WireValue & Equatable>(_ value: Value) {
            var bytes = ByteBuffer()
            value.write(to: &bytes)
            all.append(("\(Value.self)", bytes, { try Value(from: &$0) == value }))
        }
        for principal in principals { add(principal) }
        for fault in faults { add(fault) }
        for kind in CallKind.allCases {
            add(RequestHead(call: kind, principal: principals[0], remainingMilliseconds: .max, requestID: "a.b-c_9"))
        }
        for content in ContentKind.allCases {
            add(ReplyHead(status: 201, content: content, entityTag: "x", location: nil))
        }
        add(ReplyHead(status: 422, content: .json, entityTag: nil, location: "/plants/1"))
        add(Hello(oldestVersion: 1, newestVersion: 9, nonce: [0, 255], generation: .max, processID: -1))
        let period = PeriodRequest(from: .date(LocalDate(dayNumber: 9)), to: .instant(Instant(seconds: 99)))
        for lines in [LineSelection.all, .some([LineID(1), LineID(.max)]), .group(LineGroupID(7))] {
            let query = AnalysisQuery(period: period, lines: lines, plant: PlantID(1), thresholdSeconds: 86_400)
            add(ReadIndicators(query: query))
            add(
                ReadIndicators(
                    query: query,
                    grouping: IndicatorGrouping(interval: .shift, group: .product),
                    comparison: period
                ))
        }
        add(ReadLineShifts(lines: .some([LineID(1)]), plant: PlantID(.max)))
        add(ReadHourBoards(lines: .all))
        add(
            ReadHourBoards(
                lines: .all, plant: PlantID(1), date: LocalDate(dayNumber: -9), shift: ShiftID(1), isByLine: true))
        add(ReadShiftPeriod(lines: .all))
        add(ReadShiftPeriod(lines: .group(LineGroupID(1)), plant: PlantID(1), shift: ShiftID(.max), isLast: true))
        add(QueryDashboard())
        add(QueryDashboard(period: period))
        add(QueryDashboard(period: period, comparesWithWeekBefore: true))
        add(QueryDashboard(period: period, isSearchedByCaller: true))
        add(ValidateFilters())
        add(ValidateFilters(comparison: period))
        add(FollowEvents(lastEventID: "1-2"))
        add(FollowLineEvents(lastEventID: "1-2", lines: .group(LineGroupID(1)), plant: PlantID(1)))
        add(ReadDetections(line: LineID(1), period: period, limit: 1_000))
        let cursor = NewestFirstCursor(instant: Instant(microseconds: .max), id: .max)
        add(ReadDetections(line: LineID(1), period: period, limit: 1, cursor: cursor))
        add(ReadDetections(line: LineID(1), period: period, limit: 50, isDescribed: true))
        let everything = AnalysisQuery(period: period, lines: .all)
        add(ListDowntimes(query: everything, limit: 1))
        add(
            ListDowntimes(
                query: everything, justified: false, micro: true, minimumSeconds: .max, limit: 1_000, cursor: cursor))
        for filter in FilterKind.allCases {
            add(ListFilterOptions(filter: filter, plant: PlantID(1), line: LineID(2)))
        }
        for resource in MasterDataResource.allCases {
            add(ListMasterData(resource: resource, limit: 1_000, after: .min))
            add(ReadMasterData(resource: resource, id: .max))
            add(CreateMasterData(resource: resource))
            add(CheckMasterData(resource: resource))
            add(PreviewMasterData(resource: resource, change: .replacement, id: 7))
            for precondition in [Precondition.absent, .exists, .matches([]), .matches(["a", "1f"])] {
                add(ReplaceMasterData(resource: resource, id: 1, precondition: precondition))
                add(DeleteMasterData(resource: resource, id: .max, precondition: precondition))
            }
        }
        add(ListSettings())
        for key in SettingKey.allCases {
            add(ReadSetting(key: key))
            add(ReplaceSetting(key: key, precondition: .matches(["0"])))
        }
        let endless = PeriodRequest(
            from: .date(LocalDate(dayNumber: 20_000)), to: .instant(Instant(microseconds: .max)))
        add(ExplainIndicators(query: AnalysisQuery(period: endless, lines: .all)))
        add(ExplainIndicators(query: AnalysisQuery(period: endless, lines: .all), isWhole: false))
        add(
            ExplainIndicators(
                query: AnalysisQuery(
                    period: endless,
                    lines: .some([LineID(1), LineID(.max)]),
                    plant: PlantID(2),
                    shift: ShiftID(3),
                    thresholdSeconds: 86_400
                )
            )
        )
        for action in EditStops.Action.allCases {
            add(EditStops(action, line: LineID(.max), event: StopID(7), isTrial: true))
            add(EditStops(action))
            add(EditStops(action, precondition: .matches(["1f.2e"]), idempotencyKey: "ñ"))
        }
        add(ReadStop(line: LineID(.max), event: StopID(.max)))
        for work in ScheduledWork.allCases { add(DoScheduledWork(work)) }
        add(RebuildStops(line: LineID(3)))
        add(ListSlowStatements())
        add(
            SlowStatements([
                SlowStatement(
                    name: "CopyDetections", runs: 3, slowRuns: 1, totalMicroseconds: .max, longestMicroseconds: 7,
                    rowsOfLongest: 9),
                SlowStatement(
                    name: "One", runs: 1, slowRuns: 0, totalMicroseconds: 2, longestMicroseconds: 2, rowsOfLongest: nil),
            ]))
        add(Principal(kind: .system, tenant: TenantID(5)))
        for process in [nil, Int32.max] {
            add(
                WorkerBootRecord(
                    tenant: TenantID(1),
                    slug: "planta",
                    timeZone: "America/Argentina/Buenos_Aires",
                    database: "host=/run password='ñ'",
                    nonce: Array(0..<32),
                    generation: 12,
                    gatewayUserID: 1_000,
                    limits: WorkerLimits(
                        databaseConnections: 4, concurrentRequests: 64, openStreams: 9, ingestRowsPerMinute: .max,
                        databaseIdleSeconds: 9, slowStatementMilliseconds: 250),
                    gatewayProcessID: process
                )
            )
        }
        return all
    }

    @Test(arguments: ["", "a", "línea 2 · 東京 🏭", "\u{0}\u{FFFD}"]) func textsComeBackAsTheyWere(_ text: String) throws {
        var bytes = ByteBuffer()
        bytes.writeWireString(text)
        #expect(try bytes.readWireString() == text)
        #expect(bytes.readableBytes == 0)
    }

    @Test(arguments: [[0xFF], [0x61, 0xC3], [0xC0, 0xAF], [0xED, 0xA0, 0x80]] as [[UInt8]])
    func whatIsNoUTF8IsRefused(_ text: [UInt8]) {
        var bytes = ByteBuffer()
        bytes.writeInteger(UInt16(text.count))
        bytes.writeBytes(text)
        #expect(throws: WireError.invalidValue("UTF-8")) { try bytes.readWireString() }
    }

    @Test func everyMessageComesBackAsItWas() throws {
        for message in Self.everything {
            var bytes = message.bytes
            let isSame = try message.decode(&bytes)
            #expect(isSame, "\(message.name)")
            #expect(bytes.readableBytes == 0, "\(message.name)")
        }
    }

    @Test func everyCutMessageIsRefused() {
        for message in Self.everything {
            let whole = message.bytes.readableBytes
            let older = Self.lengthsFromOlderGateways(message.name, whole)
            for length in 0..<min(whole, 200) where !older.contains(length) {
                var cut = message.bytes.getSlice(at: message.bytes.readerIndex, length: length) ?? ByteBuffer()
                let decoded = try? message.decode(&cut)
                #expect(decoded == nil, "\(message.name) cut to \(length)")
            }
        }
    }

    @Test func whatAnOlderGatewaySendsIsRead() {
        var read: Set<String> = []
        for message in Self.everything {
            let whole = message.bytes.readableBytes
            for length in Self.lengthsFromOlderGateways(message.name, whole) {
                guard var older = message.bytes.getSlice(at: message.bytes.readerIndex, length: length) else {
                    continue
                }
                #expect((try? message.decode(&older)) != nil, "\(message.name)")
                read.insert(message.name)
            }
        }
        #expect(read == ["ExplainIndicators", "QueryDashboard", "ReadDetections", "ValidateFilters"])
    }

    /// How long a message is that a gateway of a version before sends, which does not know its last fields.
    private static func lengthsFromOlderGateways(_ name: String, _ whole: Int) -> [Int] {
        switch name {
        case "QueryDashboard": [0, whole - 1]
        case "ValidateFilters": [0]
        case "ExplainIndicators", "ReadDetections": [whole - 1]
        default: []
        }
    }

    @Test func mutatedMessagesNeverCrash() {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(state: seed)
        var refused = 0
        let messages = Self.everything
        for _ in 0..<20_000 {
            let message = messages[Int.random(in: 0..<messages.count, using: &random)]
            var bytes = message.bytes
            for _ in 0...Int.random(in: 0...4, using: &random) where bytes.readableBytes > 0 {
                let index = Int.random(in: 0..<bytes.readableBytes, using: &random)
                bytes.setInteger(UInt8.random(in: 0...255, using: &random), at: index)
            }
            do {
                _ = try message.decode(&bytes)
            } catch {
                refused += 1
                #expect(error is WireError, "seed \(seed)")
            }
        }
        #expect(refused > 0, "seed \(seed)")
    }

    @Test func aFaultAlwaysFitsAFrame() throws {
        let long = String(repeating: "ñ", count: 100_000)
        let fault = Fault.invalid(
            (0..<70_000).map { _ in ParameterFault(parameter: long, code: .tooLong, limit: long) })
        var bytes = ByteBuffer()
        fault.write(to: &bytes)
        #expect(bytes.readableBytes < Frame.maximumPayloadLength)
        let decoded = try Fault(from: &bytes)
        #expect(decoded.code == .invalid)
        #expect(decoded.parameters.count == Fault.maximumParameters)
        #expect(long.hasPrefix(decoded.parameters[0].parameter) && decoded.parameters[0].parameter.utf8.count == 256)
    }

    @Test func aBootRecordHasALimit() {
        var record = WorkerBootRecord(
            tenant: TenantID(1),
            slug: "a",
            timeZone: "UTC",
            database: "",
            nonce: [],
            generation: 1,
            gatewayUserID: 0,
            limits: WorkerLimits(databaseConnections: 1, concurrentRequests: 1, openStreams: 1)
        )
        #expect(record.framed() != nil)
        record.database = String(repeating: "x", count: 40_000)
        #expect(record.framed() == nil)
    }

    // MARK: Frames

    private func decodeAll(_ bytes: ByteBuffer, parts: () -> Int) throws -> [Frame] {
        let decoder = FrameDecoder()
        var gathered = ByteBuffer()
        var rest = bytes
        var frames: [Frame] = []
        while let part = rest.readSlice(length: min(max(parts(), 1), rest.readableBytes)), part.readableBytes > 0 {
            gathered.writeImmutableBuffer(part)
            while let frame = try decoder.decode(buffer: &gathered) { frames.append(frame) }
            gathered.discardReadBytes()
            // Never more is kept than one frame that is not whole yet.
            #expect(gathered.readableBytes < Frame.headerLength + Frame.maximumPayloadLength)
        }
        while let frame = try decoder.decodeLast(buffer: &gathered, seenEOF: true) { frames.append(frame) }
        return frames
    }

    @Test func framesComeBackHoweverTheyAreCut() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(state: seed)
        for _ in 0..<100 {
            let frames = (0..<20).map { _ in
                Frame(
                    Frame.Kind.allCases[Int.random(in: 0..<Frame.Kind.allCases.count, using: &random)],
                    stream: UInt32.random(in: 0 ... .max, using: &random),
                    flags: UInt8.random(in: 0...1, using: &random),
                    payload: ByteBuffer(repeating: 7, count: Int.random(in: 0...300, using: &random))
                )
            }
            var bytes = ByteBuffer()
            for frame in frames { bytes.writeFrame(frame) }
            let decoded = try decodeAll(bytes) { Int.random(in: 1...100, using: &random) }
            #expect(decoded == frames, "seed \(seed)")
        }
    }

    @Test func anyBytesAreDecodedOrRefused() {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(state: seed)
        for round in 0..<3_000 {
            var bytes = ByteBuffer()
            if round.isMultiple(of: 2) {
                for _ in 0..<5 {
                    bytes.writeFrame(Frame(.request, stream: 1, payload: ByteBuffer(repeating: 1, count: 40)))
                }
                for _ in 0..<3 {
                    let index = Int.random(in: 0..<bytes.readableBytes, using: &random)
                    bytes.setInteger(UInt8.random(in: 0...255, using: &random), at: index)
                }
            } else {
                for _ in 0..<Int.random(in: 0...200, using: &random) {
                    bytes.writeInteger(UInt8.random(in: 0...255, using: &random))
                }
            }
            do {
                _ = try decodeAll(bytes) { Int.random(in: 1...50, using: &random) }
            } catch {
                #expect(error is WireError, "seed \(seed)")
            }
        }
    }

    @Test func eachBadHeaderIsRefusedAtOnce() {
        func refusal(_ length: UInt32, _ kind: UInt8, _ flags: UInt8, _ reserved: UInt16) -> WireError? {
            var bytes = ByteBuffer()
            bytes.writeMultipleIntegers(length, kind, flags, reserved, UInt32(1))
            let decoder = FrameDecoder()
            do {
                _ = try decoder.decode(buffer: &bytes)
                return nil
            } catch {
                return error as? WireError
            }
        }
        #expect(refusal(0, 3, 0, 0) == nil)
        #expect(refusal(UInt32(Frame.maximumPayloadLength), 3, 1, 0) == nil)
        #expect(
            refusal(UInt32(Frame.maximumPayloadLength) + 1, 3, 0, 0) == .payloadTooLong(Frame.maximumPayloadLength + 1))
        #expect(refusal(0, 99, 0, 0) == .unknownKind(99))
        #expect(refusal(0, 3, 2, 0) == .unknownFlags(2))
        #expect(refusal(0, 3, 0, 1) == .reservedBytesNotZero)
    }
}
