package import Shared

/// Where a worker is reached.
package enum WorkerLocation: Hashable, Sendable {
    /// A Unix-domain socket of this machine.
    case unixSocket(path: String)
}

/// The one place that knows where the worker of a tenant is. Whatever else needs a worker asks here, so that workers of
/// other machines need a change here and in a launcher only.
package struct WorkerDirectory: Sendable {
    /// The folder of the workers' sockets.
    package let folder: String

    /// - Parameter runFolder: the gateway's folder of sockets.
    package init(runFolder: String) {
        folder = runFolder + "/w"
    }

    package func location(of tenant: TenantID) -> WorkerLocation {
        .unixSocket(path: "\(folder)/\(tenant).sock")
    }
}
