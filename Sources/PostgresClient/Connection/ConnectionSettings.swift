/// Where a database is and as whom to connect.
///
/// Printing one shows neither address nor password.
package struct ConnectionSettings: Sendable {
    /// A URI (`postgres://host:port/name`, several hosts fail over) or `key=value` pairs, as libpq reads them.
    package var address: String
    /// Replaces the address's user.
    package var user: String?
    /// Replaces the address's password; kept out of logs and of the process's arguments.
    package var password: String?
    /// Replaces the address's database.
    package var database: String?
    /// What `pg_stat_activity` shows.
    package var applicationName: String
    /// How long one attempt to connect may take, all hosts together.
    package var connectTimeout: Duration
    /// How long a cancelled statement may take to end before its connection is closed.
    package var cancelGrace: Duration
    /// How many prepared statements a connection keeps; the least recently used goes first.
    package var preparedLimit: Int

    /// Settings with these overrides; nil keeps what the address says.
    package init(
        address: String, user: String? = nil, password: String? = nil, database: String? = nil,
        applicationName: String = "camet", connectTimeout: Duration = .seconds(5), cancelGrace: Duration = .seconds(1),
        preparedLimit: Int = 256
    ) {
        self.address = address
        self.user = user
        self.password = password
        self.database = database
        self.applicationName = applicationName
        self.connectTimeout = connectTimeout
        self.cancelGrace = cancelGrace
        self.preparedLimit = max(1, preparedLimit)
    }

    /// libpq's keywords in order; a later one replaces an earlier one.
    var keywords: [(key: String, value: String)] {
        var pairs: [(key: String, value: String)] = [
            ("options", "-c timezone=UTC"),
            // A peer that vanished is noticed within about a minute.
            ("keepalives_idle", "30"), ("keepalives_interval", "10"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "30000"),
            // The first dbname is expanded as an address.
            ("dbname", address),
            ("client_encoding", "UTF8"), ("application_name", applicationName),
        ]
        if let user { pairs.append(("user", user)) }
        if let password { pairs.append(("password", password)) }
        if let database { pairs.append(("dbname", database)) }
        return pairs
    }
}

extension ConnectionSettings: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "ConnectionSettings(…)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
