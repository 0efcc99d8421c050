import Shared

extension TenantContext {
    /// The screen of the device that asks; nil where a person does.
    ///
    /// - Throws: `notFound` for an address that says what a device is to show: that is its own.
    func deviceScreen() throws(Fault) -> WallScreen? {
        guard let device = identity.device else { return nil }
        guard (request.uri.query ?? "").isEmpty else { throw Fault(code: .notFound) }
        return WallScreen(of: device)
    }
}

extension AndonView {
    /// What whoever asks is shown: a person by the address, a device by what it is.
    init(for context: TenantContext) throws(Fault) {
        guard let screen = try context.deviceScreen(), let device = context.identity.device else {
            try self.init(query: context.request.uri.query)
            return
        }
        self.init(
            screen: screen, alarmMinutes: device.alarmAfterSeconds.map { $0 / 60 }, holdsStopped: device.holdsStopped)
    }
}

extension ShiftBoardView {
    /// What whoever asks is shown: a person by the address, a device by what it is.
    init(for context: TenantContext) throws(Fault) {
        guard let screen = try context.deviceScreen() else {
            try self.init(query: context.request.uri.query)
            return
        }
        self.init(screen: screen)
    }
}
