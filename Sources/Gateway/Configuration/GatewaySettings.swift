import Foundation
import Shared

/// Everything the gateway can be told, from the environment or from `<data>/camet.conf`; the environment wins.
struct GatewaySettings: Sendable {
    var dataFolder: String
    /// Where sockets are: a short path.
    var runFolder: String
    var bindAddress: String
    /// 0 picks a free one.
    var port: Int
    /// What TLS is spoken with; nil: plain HTTP is.
    var certificate: CertificateFiles?
    /// Between two looks whether there is another certificate.
    var certificateCheckSeconds: Int
    /// The path everything is served below, with a slash at its beginning and none at its end; empty at the root.
    var basePath: String
    /// Who may say where a request came from.
    var trustedProxies: TrustedProxies
    /// libpq connection string of the global database, without the password.
    var globalDatabase: String
    var globalDatabasePassword: String
    /// The folder of front-end files made at set-up.
    var assetsFolder: String
    var workerExecutable: String
    var workerLauncher: WorkerLauncherKind
    /// Where workers keep the rows of long streams until the last has come.
    var spoolFolder: String
    var signingKeyFile: String
    var encryptionKeyFile: String
    /// Idle time after which a worker stops.
    var workerIdleSeconds: Int
    /// Time within which a worker must have started.
    var workerStartSeconds: Int
    /// Workers running at one time, at most; nil: as many as there are tenants.
    var mostWorkers: Int?
    /// Bytes of memory of all workers together from which on idle ones end; nil: none do for it.
    var mostMemoryOfWorkers: Int?
    /// Connections of the gateway to the global database, at most.
    var databaseConnections: Int
    /// Connections of one worker to its database, at most.
    var workerDatabaseConnections: Int
    /// Unused for so long, a connection of the gateway or of a worker is closed.
    var databaseIdleSeconds: Int
    /// From this time on a statement is logged as slow, of the gateway and of workers.
    var slowStatementMilliseconds: Int
    /// Memory of one worker, at most.
    var workerMemoryMebibytes: Int
    /// How much the processor time of workers comes after that of others.
    var workerNice: Int
    /// Where the launcher is asked; nil: the gateway starts workers itself.
    var launcher: Int32?
    var requestDeadlineSeconds: Int
    /// Between two calculations of a tenant's stored stops.
    var stopCalculationSeconds: Int
    /// Pieces of scheduled work of all tenants that are done at one time, at most.
    var scheduledWorkAtOnce: Int
    /// Between two looks for old sign-ins to delete.
    var signInUpkeepSeconds: Int
    var requestsPerMinuteOfPrincipal: Int
    var requestsPerMinuteOfTenant: Int
    /// Requests of one tenant at one time, at most.
    var requestsInFlightOfTenant: Int
    /// Requests of one tenant that wait for its worker, at most.
    var requestsWaitingOfTenant: Int
    /// Detections of one tenant in a minute, at most.
    var ingestRowsPerMinuteOfTenant: Int
    /// Credentials from one address that were looked up or checked in vain in a minute, at most.
    var refusedCredentialsPerMinuteOfAddress: Int
    /// Streams of events open at one time, at most.
    var streamsOfPrincipal: Int
    var streamsOfTenant: Int
    /// When set, /metrics is served on the public port to whoever sends it as a bearer token.
    var metricsToken: String?
    /// Nil: no messages are sent to telephones.
    var sms: SMSSettings?
    var logLevel: String
    /// Outside the database: where the audit log's chain ended when.
    var auditHeadsFile: String
    /// Between two looks at where it ends.
    var auditHeadsSeconds: Int
    /// Between two batches of what people asked.
    var queryLogSeconds: Int
    /// Sign-in attempts are kept so long.
    var signInRetentionDays: Int
    /// What people asked is kept so long.
    var queryRetentionDays: Int

    /// - Throws: `SettingsError` that names the first setting that is missing or wrong.
    static func read(environment: [String: String]) throws(SettingsError) -> GatewaySettings {
        let data = environment["CAMET_DATA"] ?? ".camet"
        let values = SettingValues(
            file: try SettingValues.file("\(data)/camet.conf"), environment: environment)
        let secrets = "\(data)/secrets"
        return GatewaySettings(
            dataFolder: data,
            runFolder: values.text("CAMET_RUN") ?? "\(data)/run",
            bindAddress: values.text("CAMET_BIND") ?? "127.0.0.1",
            port: try values.integer("CAMET_PORT", in: 0...65_535, default: 8080),
            certificate: try values.certificate("CAMET_TLS_CERTIFICATE_FILE", key: "CAMET_TLS_KEY_FILE"),
            certificateCheckSeconds: try values.integer("CAMET_TLS_CHECK_SECONDS", in: 1...86_400, default: 60),
            basePath: try values.path("CAMET_BASE_PATH"),
            trustedProxies: try values.proxies("CAMET_TRUSTED_PROXIES"),
            globalDatabase: try values.required("CAMET_GLOBAL_DATABASE"),
            globalDatabasePassword: try SettingValues.secret(
                values.text("CAMET_GLOBAL_DATABASE_PASSWORD_FILE") ?? "\(secrets)/gateway-database-password"),
            assetsFolder: try values.required("CAMET_ASSETS"),
            workerExecutable: try values.required("CAMET_WORKER_EXECUTABLE"),
            workerLauncher: try values.choice("CAMET_WORKER_LAUNCHER", default: .child),
            spoolFolder: values.text("CAMET_SPOOL") ?? "/var/tmp",
            signingKeyFile: values.text("CAMET_SIGNING_KEY_FILE") ?? "\(secrets)/jwt-signing.pem",
            encryptionKeyFile: values.text("CAMET_ENCRYPTION_KEY_FILE") ?? "\(secrets)/encryption.key",
            workerIdleSeconds: try values.integer("CAMET_WORKER_IDLE_SECONDS", in: 1...86_400, default: 900),
            workerStartSeconds: try values.integer("CAMET_WORKER_START_SECONDS", in: 1...60, default: 10),
            mostWorkers: try values.limit("CAMET_WORKERS_MAXIMUM", in: 0...100_000),
            mostMemoryOfWorkers: try values.limit("CAMET_WORKERS_MEMORY_MIB", in: 0...16_777_216).map { $0 << 20 },
            databaseConnections: try values.integer("CAMET_DATABASE_CONNECTIONS", in: 1...64, default: 8),
            workerDatabaseConnections: try values.integer("CAMET_WORKER_DATABASE_CONNECTIONS", in: 1...64, default: 8),
            databaseIdleSeconds: try values.integer("CAMET_DATABASE_IDLE_SECONDS", in: 1...86_400, default: 60),
            slowStatementMilliseconds: try values.integer(
                "CAMET_SLOW_STATEMENT_MILLISECONDS", in: 1...3_600_000, default: 1_000),
            workerMemoryMebibytes: try values.integer(
                "CAMET_WORKER_MEMORY_MIB", in: 128...1_048_576, default: 1_024),
            workerNice: try values.integer("CAMET_WORKER_NICE", in: 0...19, default: 5),
            launcher: environment["CAMET_LAUNCHER"].flatMap { Int32($0) },
            requestDeadlineSeconds: try values.integer("CAMET_REQUEST_DEADLINE_SECONDS", in: 1...300, default: 15),
            stopCalculationSeconds: try values.integer("CAMET_STOP_CALCULATION_SECONDS", in: 1...86_400, default: 900),
            scheduledWorkAtOnce: try values.integer("CAMET_SCHEDULED_WORK_AT_ONCE", in: 1...64, default: 4),
            signInUpkeepSeconds: try values.integer("CAMET_SIGN_IN_UPKEEP_SECONDS", in: 1...86_400, default: 3_600),
            requestsPerMinuteOfPrincipal: try values.integer(
                "CAMET_REQUESTS_PER_MINUTE_OF_PRINCIPAL", in: 1...100_000_000, default: 600),
            requestsPerMinuteOfTenant: try values.integer(
                "CAMET_REQUESTS_PER_MINUTE_OF_TENANT", in: 1...100_000_000, default: 6_000),
            requestsInFlightOfTenant: try values.integer(
                "CAMET_REQUESTS_IN_FLIGHT_OF_TENANT", in: 1...1_000_000, default: 1_000),
            requestsWaitingOfTenant: try values.integer(
                "CAMET_REQUESTS_WAITING_OF_TENANT", in: 1...1_000_000, default: 500),
            ingestRowsPerMinuteOfTenant: try values.integer(
                "CAMET_INGEST_ROWS_PER_MINUTE_OF_TENANT", in: 1...1_000_000_000, default: 1_000_000),
            refusedCredentialsPerMinuteOfAddress: try values.integer(
                "CAMET_REFUSED_CREDENTIALS_PER_MINUTE_OF_ADDRESS", in: 1...100_000_000, default: 600),
            streamsOfPrincipal: try values.integer("CAMET_STREAMS_OF_PRINCIPAL", in: 1...2_000, default: 20),
            streamsOfTenant: try values.integer("CAMET_STREAMS_OF_TENANT", in: 1...2_000, default: 500),
            metricsToken: values.text("CAMET_METRICS_TOKEN"),
            sms: try SMSSettings.read(values),
            logLevel: try values.choice(
                "CAMET_LOG_LEVEL", of: ["debug", "info", "notice", "warning", "error"], default: "info"),
            auditHeadsFile: values.text("CAMET_AUDIT_HEADS_FILE") ?? "\(data)/audit/heads.log",
            auditHeadsSeconds: try values.integer("CAMET_AUDIT_HEADS_SECONDS", in: 1...3_600, default: 5),
            queryLogSeconds: try values.integer("CAMET_QUERY_LOG_SECONDS", in: 1...3_600, default: 30),
            signInRetentionDays: try values.integer("CAMET_SIGN_IN_RETENTION_DAYS", in: 30...36_500, default: 365),
            queryRetentionDays: try values.integer("CAMET_QUERY_RETENTION_DAYS", in: 1...36_500, default: 90)
        )
    }
}

/// Why the settings cannot be used; the message names the setting and what would be right.
struct SettingsError: Error, CustomStringConvertible {
    let description: String
}

/// Settings by name.
struct SettingValues {
    private let values: [String: String]

    init(file: [String: String], environment: [String: String]) {
        values = file.merging(environment) { _, fromEnvironment in fromEnvironment }
    }

    /// The lines `KEY=VALUE` of a file; none when there is no file.
    static func file(_ path: String) throws(SettingsError) -> [String: String] {
        guard FileManager.default.fileExists(atPath: path) else { return [:] }
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw SettingsError(description: "\(path) cannot be read")
        }
        var values: [String: String] = [:]
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = line.trimmingCharacters(in: .whitespaces)
            if line.isEmpty || line.hasPrefix("#") { continue }
            guard let equals = line.firstIndex(of: "="), equals != line.startIndex else {
                throw SettingsError(description: "\(path), line \(index + 1): not KEY=VALUE")
            }
            values[String(line[..<equals])] = String(line[line.index(after: equals)...])
        }
        return values
    }

    static func secret(_ path: String) throws(SettingsError) -> String {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw SettingsError(description: "the secret \(path) cannot be read")
        }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Nil when it is not set or empty.
    func text(_ name: String) -> String? {
        guard let value = values[name], !value.isEmpty else { return nil }
        return value
    }

    func required(_ name: String) throws(SettingsError) -> String {
        guard let value = text(name) else { throw SettingsError(description: "\(name) is not set") }
        return value
    }

    func integer(_ name: String, in range: ClosedRange<Int>, default standard: Int) throws(SettingsError) -> Int {
        guard let text = text(name) else { return standard }
        guard let value = Int(text), range.contains(value) else {
            throw SettingsError(
                description: "\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// Nil when it is 0, or not set.
    func limit(_ name: String, in range: ClosedRange<Int>) throws(SettingsError) -> Int? {
        let value = try integer(name, in: range, default: 0)
        return value == 0 ? nil : value
    }

    /// Nil when neither is set.
    func certificate(_ name: String, key keyName: String) throws(SettingsError) -> CertificateFiles? {
        switch (text(name), text(keyName)) {
        case (nil, nil): return nil
        case (let certificate?, let key?): return CertificateFiles(certificate: certificate, key: key)
        case (_?, nil): throw SettingsError(description: "\(name) is set and \(keyName) is not")
        case (nil, _?): throw SettingsError(description: "\(keyName) is set and \(name) is not")
        }
    }

    /// Empty when it is not set.
    func path(_ name: String) throws(SettingsError) -> String {
        guard let path = text(name) else { return "" }
        guard path.wholeMatch(of: /(\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+/) != nil else {
            throw SettingsError(
                description: "\(name) must be a path such as /camet: letters, digits and - . _ ~ after each slash, "
                    + "and no slash at its end")
        }
        return path
    }

    /// None when it is not set.
    func proxies(_ name: String) throws(SettingsError) -> TrustedProxies {
        guard let text = text(name) else { return .none }
        do {
            return try TrustedProxies(parsing: text)
        } catch {
            throw SettingsError(
                description: "\(name) must be addresses or networks with commas between them, such as "
                    + "127.0.0.1, 10.0.0.0/8; it names \(error.text.isEmpty ? "nothing" : error.text)")
        }
    }

    func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: String, default standard: Choice
    ) throws(SettingsError) -> Choice {
        let value = try choice(name, of: Choice.allCases.map(\.rawValue), default: standard.rawValue)
        return Choice(rawValue: value) ?? standard
    }

    func choice(_ name: String, of choices: [String], default standard: String) throws(SettingsError) -> String {
        let value = text(name) ?? standard
        guard choices.contains(value) else {
            throw SettingsError(description: "\(name) must be one of \(choices.joined(separator: ", "))")
        }
        return value
    }
}
