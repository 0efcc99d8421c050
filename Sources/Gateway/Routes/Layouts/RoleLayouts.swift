import IPC
import NIOCore
import Shared

extension Services {
    /// How the dashboard of a role is arranged: as it is stored for it, else as the standard has it.
    func layout(of role: Role, _ context: TenantContext) async throws -> DashboardLayout {
        do throws(Fault) {
            let reply = try await call(ReadMasterData(resource: .layouts, id: role.layoutID), context)
            guard case .whole(let bytes) = reply.body else { throw Fault(code: .internal) }
            guard let value = try? JSONReader.value(of: Array(buffer: bytes)), let layout = DashboardLayout(value)
            else {
                throw Fault(code: .internal)
            }
            return layout
        } catch {
            guard error.code == .notFound else { throw error }
            return .standard(for: role)
        }
    }
}

extension Principal {
    /// Whose dashboard he sees. A key sees what a viewer sees.
    var layoutRole: Role {
        switch kind {
        case .user(_, let role): role
        case .apiKey, .device, .system: .viewer
        }
    }
}

extension DashboardLayout {
    /// Reads a layout as the API shows it.
    init?(_ object: JSONValue) {
        guard case .object(let members) = object else { return nil }
        var fields = JSONFields(members)
        self = LayoutBody(&fields).layout
    }
}
