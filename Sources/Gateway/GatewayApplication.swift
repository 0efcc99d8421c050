import Foundation
import Glibc
import HummingbirdCore
import Identity
import Logging
import NIOCore
import NIOPosix
import PostgresClient
import ServiceLifecycle
import Shared
import UnixSignals

/// The gateway put together: the one place that sees every part.
struct GatewayApplication {
    let settings: GatewaySettings
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

        let launcher = try ChildProcessLauncher(
            ChildProcessSettings(program: settings.workerExecutable, environment: ["TMPDIR": settings.spoolFolder]))
        let directory = WorkerDirectory(runFolder: settings.runFolder)
        try ListeningSocket.makeFolder(directory.folder)
        let registry = TenantRegistry(pool: pool, sealing: sealing, settings: settings)
        let workers = WorkerSupervisor(
            settings: workerSettings(clock()),
            tenants: registry.workerTenants,
            directory: directory,
            launcher: launcher,
            group: group,
            logger: logger
        )
        let pages = try PageRenderer()
        let files = try StaticFiles(folders: [
            PageResources.folder.appendingPathComponent("Web"),
            URL(fileURLWithPath: settings.assetsFolder),
        ])
        let exposition = Exposition(statements: StatementMetrics(pool: pool, workers: workers))
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
            workers: workers,
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
        let server = HTTPConnections(
            responder: pipeline, dates: dates, pace: RequestPace(), proxies: settings.trustedProxies, tls: tls
        )
        .server(
            configuration: ServerConfiguration(
                address: .hostname(settings.bindAddress, port: settings.port),
                backlog: 1_024,
                reuseAddress: true,
                availableConnectionsDelegate: .maximum(OpenFileLimit.connections, logger: logger)
            ),
            onServerRunning: { channel in
                guard let port = channel.localAddress?.port else { return }
                FileHandle.standardOutput.write(Data("LISTENING \(port)\n".utf8))
            },
            eventLoopGroup: group,
            logger: logger
        )
        let lifecycle = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: (sms.map { [.init(service: $0)] } ?? []) + [
                    .init(service: DatabaseService(pool: pool)),
                    // Whoever adds to the audit log ends before what stores it.
                    .init(service: heads),
                    .init(service: writer),
                    .init(service: retention),
                    .init(service: IdentityChanges(database: database, remembered: remembered, logger: logger)),
                    .init(
                        service: SigningKeyChanges(
                            path: settings.signingKeyFile, first: signingKeys, tokens: tokens, remembered: remembered,
                            logger: logger)),
                    .init(
                        service: SignInUpkeep(
                            pool: pool, interval: .seconds(settings.signInUpkeepSeconds), logger: logger)),
                    .init(service: WorkersService(workers: workers)),
                    .init(service: records.refusals),
                    .init(service: records.queries),
                    .init(service: records.changes),
                    .init(
                        service: StopScheduleService(
                            workers: workers,
                            tenants: { try await registry.active() },
                            interval: Int64(settings.stopCalculationSeconds) * 1_000_000,
                            clock: steadyClock,
                            logger: logger
                        )),
                    .init(
                        service: AdminService(
                            socket: AdminSocket(runFolder: settings.runFolder, supervisor: workers, logger: logger),
                            group: group
                        )),
                    .init(
                        service: MetricsListener(
                            path: "\(settings.runFolder)/metrics.sock", exposition: exposition, logger: logger
                        ).service(dates)),
                    .init(
                        service: CertificateReload(
                            tls: tls, interval: .seconds(settings.certificateCheckSeconds), logger: logger)),
                    .init(service: server),
                    // Services end in reverse order: streams first, or the server would wait for them.
                    .init(service: stop),
                ],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger
            )
        )
        try await lifecycle.run()
        accessLog.flush()
    }

    private var rateSettings: RateLimits.Settings {
        var rates = RateLimits.Settings()
        rates.requestsPerMinuteOfPrincipal = settings.requestsPerMinuteOfPrincipal
        rates.requestsPerMinuteOfTenant = settings.requestsPerMinuteOfTenant
        rates.ingestRowsPerMinuteOfTenant = settings.ingestRowsPerMinuteOfTenant
        rates.refusedCredentialsPerMinuteOfAddress = settings.refusedCredentialsPerMinuteOfAddress
        rates.streams = OpenStreams.Settings(
            ofPrincipal: settings.streamsOfPrincipal, ofTenant: settings.streamsOfTenant)
        return rates
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
        return workers
    }
}
