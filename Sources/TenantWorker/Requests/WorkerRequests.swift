import IPC
import Logging
import NIOCore
import PostgresClient
import Shared

/// Answers every call of the gateway for this tenant.
struct WorkerRequests: RequestResponder {
    let pool: PostgresPool
    let models: PlantModelStore
    let timelines: TimelineStore
    let stops: StopStore
    let watches: CameraWatches
    let ingest: DetectionIngest
    let rowRate: RowRate
    let longQuestions: LongQuestions
    /// Their answers are large, so each holds its place until it has left.
    let longExplanations: LongQuestions
    let events: EventLog
    let tenantZone: TimeZoneRules
    let clock: @Sendable () -> Instant
    let logger: Logger

    func answerAtOnce(_ request: IncomingRequest) -> Answer? {
        guard let model = models.current else { return nil }
        do {
            switch request.head.call {
            case .listMasterData:
                return try listMasterData(request.decode(), request, model)
            case .readMasterData:
                return try readMasterData(request.decode(), request, model)
            case .listSettings:
                return listSettings(model)
            case .readSetting:
                return try readSetting(request.decode(), model)
            case .createMasterData, .replaceMasterData, .deleteMasterData, .checkMasterData, .replaceSetting,
                .previewMasterData,
                .ingestDetections, .ingestDetectionStream, .noteHeartbeat, .readIndicators, .explainIndicators,
                .readProduction, .listDowntimes,
                .readLineStatus, .readLineShifts, .readHourBoards, .readShiftPeriod, .queryDashboard, .followEvents,
                .followLineEvents, .readDetections,
                .listFilters, .listFilterOptions,
                .validateFilters, .editStops, .recalculateStops, .doScheduledWork, .rebuildStops, .refreshCache,
                .readStop, .listSlowStatements:
                return nil
            }
        } catch {
            return .fault(fault(from: error, request))
        }
    }

    func answer(_ request: IncomingRequest) async -> Answer {
        do {
            switch request.head.call {
            case .listMasterData:
                return try await listMasterData(request.decode(), request, models.model(deadline: request.deadline))
            case .readMasterData:
                return try await readMasterData(request.decode(), request, models.model(deadline: request.deadline))
            case .createMasterData:
                return try await createMasterData(request.decode(), request)
            case .replaceMasterData:
                return try await replaceMasterData(request.decode(), request)
            case .deleteMasterData:
                return try await deleteMasterData(request.decode(), request)
            case .checkMasterData:
                return try await checkMasterData(request.decode(), request)
            case .previewMasterData:
                return try await previewMasterData(request.decode(), request)
            case .listSettings:
                return try await listSettings(models.model(deadline: request.deadline))
            case .readSetting:
                return try await readSetting(request.decode(), models.model(deadline: request.deadline))
            case .replaceSetting:
                return try await replaceSetting(request.decode(), request)
            case .ingestDetections:
                return try await ingestDetections(request.decode(), request)
            case .ingestDetectionStream:
                return try await ingestDetectionStream(request.decode(), request)
            case .noteHeartbeat:
                return try await noteHeartbeat(request.decode(), request)
            case .readIndicators:
                return try await readIndicators(request.decode(), request)
            case .explainIndicators:
                return try await explainIndicators(request.decode(), request)
            case .readProduction:
                return try await readProduction(request.decode(), request)
            case .listDowntimes:
                return try await listDowntimes(request.decode(), request)
            case .readLineStatus:
                return try await readLineStatus(request.decode(), request)
            case .readLineShifts:
                return try await readLineShifts(request.decode(), request)
            case .readHourBoards:
                return try await readHourBoards(request.decode(), request)
            case .readShiftPeriod:
                return try await readShiftPeriod(request.decode(), request)
            case .queryDashboard:
                return try await queryDashboard(request.decode(), request)
            case .followEvents:
                let call: FollowEvents = try request.decode()
                return followEvents(FollowLineEvents(lastEventID: call.lastEventID, lines: .all), request)
            case .followLineEvents:
                return followEvents(try request.decode(), request)
            case .readDetections:
                return try await readDetections(request.decode(), request)
            case .listFilters:
                return try await listFilters(request.decode(), request)
            case .listFilterOptions:
                return try await listFilterOptions(request.decode(), request)
            case .validateFilters:
                return try await validateFilters(request.decode(), request)
            case .readStop:
                return try await readStop(request.decode(), request)
            case .editStops:
                return try await editStops(request.decode(), request)
            case .recalculateStops:
                return try await recalculateStops(request.decode(), request)
            case .doScheduledWork:
                return try await doScheduledWork(request.decode(), request)
            case .rebuildStops:
                return try await rebuildStops(request.decode(), request)
            case .refreshCache:
                return try await refreshCache(request.decode(), request)
            case .listSlowStatements:
                return try listSlowStatements(request.decode(), request)
            }
        } catch {
            return .fault(fault(from: error, request))
        }
    }

    /// The model and the questions of one request, asked at one instant.
    func questions(_ request: IncomingRequest) async throws -> (PlantModel, LineQuestions) {
        let model = try await models.model(deadline: request.deadline)
        let questions = LineQuestions(
            model: model, pool: pool, timelines: timelines, stops: stops, watches: watches, now: clock(),
            deadline: request.deadline)
        return (model, questions)
    }

    /// What the gateway is told of an error; the rest goes to the log, here and nowhere else.
    func fault(from error: any Error, _ request: IncomingRequest) -> Fault {
        switch error {
        case let fault as Fault:
            return fault
        case let error as PostgresError:
            let fault = Fault(error)
            if fault.code == .internal || error.isOfClocks {
                logger.error(
                    "statement failed",
                    metadata: [
                        "request_id": "\(request.head.requestID)", "error": "\(error)",
                        "detail": "\(error.operatorDetail ?? "")",
                    ])
            }
            return fault
        case is CancellationError:
            // The body has broken off, or nobody waits for the answer any more: the gateway knows why, and nothing has failed.
            return Fault(code: .internal)
        default:
            logger.error(
                "request failed", metadata: ["request_id": "\(request.head.requestID)", "error": "\(error)"])
            return Fault(code: .internal)
        }
    }
}

extension PostgresError {
    /// Whether a row was refused as ahead that is not by this machine's clock: the database's is behind.
    fileprivate var isOfClocks: Bool {
        if case .server(let error) = self { error.constraint == "detected_at_not_ahead" } else { false }
    }
}

extension Fault {
    /// What a failure of the database means to whoever asked.
    init(_ error: PostgresError) {
        switch error {
        case .unavailable, .poolExhausted, .closed:
            self.init(code: .databaseUnavailable, retryAfterSeconds: 1)
        case .storageFull:
            self.init(code: .storageFull, retryAfterSeconds: 10)
        case .deadlineExceeded, .cancelled:
            self.init(code: .deadlineExceeded)
        case .outcomeUnknown:
            self.init(code: .outcomeUnknown)
        case .server where error.isOfClocks:
            self.init(code: .databaseUnavailable, retryAfterSeconds: 60)
        case .server(let error) where error.sqlState == .uniqueViolation:
            self.init(code: .alreadyExists)
        case .server(let error) where error.sqlState == ArchivedDetail.sqlState:
            self = ArchivedDetail.fault(AnalysisScope.ParameterNames.query.start)
        case .server where error.isRetryable:
            // Two changes waited for each other, and this one was undone.
            self.init(code: .overloaded, retryAfterSeconds: 1)
        case .server, .decoding, .invalidIdentifier, .misuse:
            self.init(code: .internal)
        }
    }
}

extension Answer {
    static func json(_ json: JSONWriter, status: UInt16 = 200) -> Answer {
        .whole(ReplyHead(status: status), ByteBuffer(bytes: json.bytes))
    }
}
