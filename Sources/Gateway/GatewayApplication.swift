import Foundation
import Glibc
import Identity
import Logging
import NIOCore
import NIOPosix
import PostgresClient
import ServiceLifecycle
import Shared
import Systemd
import UnixSignals

/// The gateway put together: the one place that sees every part.
struct GatewayApplication {
    let settings: GatewaySettings
    /// Whether a gateway that serves the same run folder is to end for this one.
    let takesOver: Bool
    /// Nil: whoever started the gateway does not want to be told of its state.
    let manager: ServiceManager?
    let logger: Logger

    /// Serves until SIGTERM or SIGINT, then finishes what is in flight.
    func run() async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let clock: @Sendable () -> Instant = { .now }
        let tls = try serverTLS(clock)
        let steadyClock: @Sendable () -> Int64 = { Int64(NIODeadline.now().uptimeNanoseconds / 1_000) }
        let database = ConnectionSettings(
            address: settings.globalDatabase,
            password: settings.globalDatabasePassword,
            applicationName: "camet-gateway"
        )
        let pool = try PostgresPool(
            database,
            limits: PoolLimits(
                connections: settings.databaseConnections,
                idleTime: .seconds(settings.databaseIdleSeconds),
                slowAfter: .milliseconds(settings.slowStatementMilliseconds)
            ),
            logger: logger
        )
        let signingKeys = FileStamp(path: settings.signingKeyFile)
        let tokens = try await AccessTokens(pem: try SettingValues.secret(settings.signingKeyFile))
        let sealing = try SealingKeyFile(path: settings.encryptionKeyFile)
        let remembered = RememberedIdentities()
        let limits = RateLimits(settings: rateSettings, now: steadyClock)

        let directory = WorkerDirectory(runFolder: settings.runFolder)
        try ListeningSocket.makeFolder(directory.folder)
        let claims = try TenantClaims(runFolder: settings.runFolder, logger: logger)
        let registry = TenantRegistry(pool: pool, sealing: sealing, settings: settings)
        let workers = WorkerSupervisor(
            settings: workerSettings(clock()),
            tenants: registry.workerTenants,
            directory: directory,
            launcher: try settings.workerLauncher.launcher(settings, loop: group.any(), logger: logger),
            claims: claims,
            group: group,
            logger: logger
        )
        let pages = try PageRenderer()
        let files = try StaticFiles(folders: [
            PageResources.folder.appendingPathComponent("Web"),
            URL(fileURLWithPath: settings.assetsFolder),
        ])
        let scheduleCounts = ScheduleCounts()
        let exposition = Exposition(
            statements: StatementMetrics(pool: pool, workers: workers), workers: WorkerMetrics(workers: workers),
            schedule: scheduleCounts)
        let stop = GracefulStop()
        let heads = try AuditHeads(
            pool: pool,
            path: settings.auditHeadsFile,
            interval: .seconds(settings.auditHeadsSeconds),
            clock: clock,
            logger: logger
        )
        let writer = AuditWriter(pool: pool, logger: logger)
        let records = RecordedRequests(
            writer: writer,
            changes: UninterruptedWork(),
            refusals: RefusalLog(writer: writer, clock: steadyClock),
            queries: QueryLog(
                pool: pool, interval: .seconds(settings.queryLogSeconds), clock: clock, logger: logger)
        )
        let retention = RecordRetention(
            pool: pool,
            signInDays: settings.signInRetentionDays,
            queryDays: settings.queryRetentionDays,
            logger: logger
        )
        let identification = Identification(
            tokens: tokens, remembered: remembered, limits: limits, pool: pool, clock: clock)
        let secondFactors = SecondFactors(
            pool: pool, sealing: sealing, sendsMessages: settings.sms != nil, clock: clock)
        let sms = settings.sms.map { SMSGateway($0, group: group, logger: logger) }
        let usage = UsageLog(pool: pool, workers: workers, clock: clock, logger: logger)
        let services = Services(
            settings: settings,
            pool: pool,
            identification: identification,
            signIn: SignIn(
                pool: pool,
                tokens: tokens,
                attempts: SignInAttempts(now: steadyClock),
                passwords: PasswordChecks(),
                refusals: records.refusals,
                secondFactors: secondFactors,
                clock: clock
            ),
            secondFactors: secondFactors,
            messageCodes: sms.map { gateway in
                MessageCodes(
                    pool: pool,
                    factors: secondFactors,
                    gateway: gateway,
                    allowance: SMSAllowance(perHour: settings.sms?.messagesPerHour ?? 0, now: steadyClock),
                    localisations: pages.localisations
                )
            },
            stationTurns: StationTurns(now: steadyClock),
            workers: workers,
            usage: usage,
            records: records,
            streams: OpenStreams(settings: rateSettings.streams),
            pages: pages,
            files: files,
            metrics: { await exposition.text() },
            stop: stop,
            clock: clock
        )
        let routes = RouteTable(services: services).routes
        let metrics = RequestMetrics(routes: routes)
        exposition.metrics = metrics
        let accessLog = try AccessLog(path: "\(settings.dataFolder)/log/access.log")
        let pipeline = RequestPipeline(
            routes: routes,
            index: RouteIndex(routes),
            identification: identification,
            limits: limits,
            quotaRefusals: workers.refusals,
            underWay: workers.underWay,
            strangersBodies: StrangersBodies(),
            records: records,
            compression: AnswerCompression(routes),
            base: settings.basePath,
            metrics: metrics,
            accessLog: accessLog,
            texts: pages.faultTexts,
            pages: PageFaults(renderer: pages, assets: files.base),
            clock: clock,
            requestDeadline: .seconds(Int64(settings.requestDeadlineSeconds)),
            logger: logger
        )
        let dates = HTTPDates(clock: clock)
        // What asks for the next gateway is kept from here on; a launcher that is root starts that one by itself.
        let upgrades =
            manager == nil || settings.launcher != nil ? nil : await UnixSignalsSequence(trapping: .sigusr2)
        // As soon as it has another one's place it is told to end like one that serves, and must not drop what that one has begun.
        let early = takesOver ? await EndSignals() : nil
        // Last before serving: from here on the gateway before this one, if there was one, accepts no more.
        let sources = try await ListenerSources.open(
            settings, takesOver: takesOver, isWatched: manager != nil, claims: claims,
            environment: ProcessInfo.processInfo.environment, logger: logger)
        let succession = succession(upgrades, sources, claims)
        let handOver = HandOver(
            runFolder: settings.runFolder, sources: sources, claims: claims, succession: succession,
            end: { kill(getpid(), SIGTERM) }, logger: logger)
        let server = ConnectionServer(
            connections: HTTPConnections(
                responder: pipeline, dates: dates, pace: RequestPace(), proxies: settings.trustedProxies, tls: tls),
            listeners: sources.listeners,
            group: group,
            stop: stop,
            mostConnections: OpenFileLimit.connections,
            onListening: { port in
                if let port { FileHandle.standardOutput.write(Data("LISTENING \(port)\n".utf8)) }
                manager?.ready()
            },
            onLastRequest: {
                guard handOver.movesTenants else { return }
                await workers.underWay.waitForOwners()
                workers.giveUpTenants()
            }
        )
        let ends = if let early { early } else { await EndSignals() }
        let mayBeThere: [(any Service)?] = [sms, sources.before]
        let lifecycle = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: mayBeThere.compactMap { $0.map { .init(service: $0) } } + [
                    .init(service: DatabaseService(pool: pool)),
                    // Whoever adds to the audit log ends before what stores it.
                    .init(service: heads),
                    .init(service: writer),
                    .init(service: retention),
                    .init(
                        service: IdentityChanges(
                            database: database, remembered: remembered, workers: workers, logger: logger)),
                    .init(
                        service: SigningKeyChanges(
                            path: settings.signingKeyFile, first: signingKeys, tokens: tokens, remembered: remembered,
                            logger: logger)),
                    .init(
                        service: SignInUpkeep(
                            pool: pool, interval: .seconds(settings.signInUpkeepSeconds), logger: logger)),
                    // Ends after the workers, whose last use it stores.
                    .init(service: usage),
                    .init(service: WorkersService(workers: workers)),
                    .init(service: records.refusals),
                    .init(service: records.queries),
                    .init(service: records.changes),
                    .init(
                        service: MetricsListener(
                            path: "\(settings.runFolder)/metrics.sock", exposition: exposition, dates: dates,
                            group: group)
                    ),
                    .init(
                        service: CertificateReload(
                            tls: tls,
                            manager: manager,
                            interval: .seconds(settings.certificateCheckSeconds),
                            logger: logger
                        )),
                    .init(service: server),
                    // What is asked for from here on by operators and by the clock is the next gateway's.
                    .init(
                        service: AdminService(
                            socket: AdminSocket(
                                runFolder: settings.runFolder, supervisor: workers, handOver: handOver,
                                before: sources.before, logger: logger),
                            group: group
                        )),
                    .init(
                        service: ScheduledWorkService(
                            pool: pool,
                            workers: workers,
                            turns: workTurns,
                            mostAtOnce: settings.scheduledWorkAtOnce,
                            writes: records.changes,
                            counts: scheduleCounts,
                            clock: clock,
                            logger: logger
                        )),
                    // Services end in reverse order: this first, by which the server accepts no more and streams end.
                    .init(service: stop),
                    .init(service: ServiceNotices(manager: manager, group: group)),
                    .init(service: ends, successTerminationBehavior: .gracefullyShutdownGroup),
                ] + [succession].compactMap { $0.map { .init(service: $0) } },
                logger: logger
            )
        )
        try await lifecycle.run()
        accessLog.flush()
    }

    /// Nil where nobody asks for the next gateway.
    private func succession(
        _ upgrades: UnixSignalsSequence?, _ sources: ListenerSources, _ claims: TenantClaims
    ) -> Succession? {
        guard let manager, let upgrades, let program = CommandLine.arguments.first else { return nil }
        return Succession(
            manager: manager,
            asked: upgrades,
            program: program,
            environment: ProcessInfo.processInfo.environment,
            isAlone: { (sources.before?.hasEnded ?? true) && claims.isWhole },
            logger: logger
        )
    }

    private var rateSettings: RateLimits.Settings {
        var rates = RateLimits.Settings()
        rates.requestsPerMinuteOfPrincipal = settings.requestsPerMinuteOfPrincipal
        rates.requestsPerMinuteOfTenant = settings.requestsPerMinuteOfTenant
        rates.requestsInFlightOfTenant = settings.requestsInFlightOfTenant
        rates.requestsWaitingOfTenant = settings.requestsWaitingOfTenant
        rates.ingestRowsPerMinuteOfTenant = settings.ingestRowsPerMinuteOfTenant
        rates.refusedCredentialsPerMinuteOfAddress = settings.refusedCredentialsPerMinuteOfAddress
        rates.streams = OpenStreams.Settings(
            ofPrincipal: settings.streamsOfPrincipal, ofTenant: settings.streamsOfTenant)
        return rates
    }

    private var workTurns: [WorkTurns] {
        ScheduledWork.allCases.map { work in
            let seconds =
                switch work {
                case .stops: settings.stopCalculationSeconds
                case .upkeep: 86_400
                }
            return WorkTurns(work: work, interval: Int64(seconds) * Instant.microsecondsPerSecond)
        }
    }

    /// Nil when plain HTTP is spoken.
    private func serverTLS(_ clock: @escaping @Sendable () -> Instant) throws(SettingsError) -> ServerTLS? {
        guard let files = settings.certificate else { return nil }
        do {
            return try ServerTLS(files, clock: clock)
        } catch {
            throw SettingsError(description: "TLS: \(error)")
        }
    }

    private func workerSettings(_ now: Instant) -> WorkerSupervisorSettings {
        var workers = WorkerSupervisorSettings(
            userID: geteuid(), firstGeneration: UInt64(now.microseconds / 1_000))
        workers.lifecycle.idleAfter = .seconds(Int64(settings.workerIdleSeconds))
        workers.lifecycle.startDeadline = .seconds(Int64(settings.workerStartSeconds))
        workers.longestMove = TimeAmount(settings.longestMove)
        workers.longestWaitForMove = TimeAmount(settings.longestWaitForMove)
        workers.requestsInFlightOfTenant = settings.requestsInFlightOfTenant
        workers.requestsWaitingOfTenant = settings.requestsWaitingOfTenant
        workers.mostWorkers = settings.mostWorkers
        workers.mostMemory = settings.mostMemoryOfWorkers
        return workers
    }
}
