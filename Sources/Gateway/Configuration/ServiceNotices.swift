import NIOCore
import ServiceLifecycle
import Systemd

/// Tells the service manager that the gateway lives, as long as every event loop answers, and that it ends.
struct ServiceNotices: Service {
    /// Nil: there is nobody to tell.
    let manager: ServiceManager?
    let group: any EventLoopGroup

    func run() async throws {
        guard let manager, manager.watchdog != nil else {
            try await gracefulShutdown()
            manager?.stopping()
            return
        }
        await withGracefulShutdownHandler {
            await cancelWhenGracefulShutdown {
                await manager.watch {
                    for loop in group.makeIterator() { try? await loop.submit {}.get() }
                }
            }
        } onGracefulShutdown: {
            manager.stopping()
        }
    }
}
