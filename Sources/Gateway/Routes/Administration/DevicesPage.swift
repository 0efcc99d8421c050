import HTTPTypes
import Shared

/// GET and POST /admin/devices and /admin/devices/{id}, POST /admin/devices/{id}/{renew,revoke}: screens and tablets of the shop floor.
///
/// A link exists nowhere else than in the answer that makes it, so that answer is the page with it.
struct DevicesPage: Sendable {
    private static let path = "/admin/devices"

    private let pages: AdministrationPages

    init(_ pages: AdministrationPages) {
        self.pages = pages
    }

    func routes(_ page: AdministrationRoutes.Row) -> [Route] {
        let roles = pages.api.roles(.post, DeviceRoutes.path)
        return [
            page(.get, Self.path, "Screens and tablets", roles) { try await show($0) },
            page(.post, Self.path, "Adds a device", roles) { try await add($0) },
            page(.get, "\(Self.path)/{id}", "A device", roles) { try await form($0) },
            page(.post, "\(Self.path)/{id}", "Replaces what a device shows", roles) { try await replace($0) },
            page(.post, "\(Self.path)/{id}/renew", "Gives a device another link", roles) { try await renew($0) },
            page(.post, "\(Self.path)/{id}/revoke", "Revokes a device", roles) { try await revoke($0) },
        ]
    }

    private func show(
        _ context: TenantContext, made: AdministrationDevicesModel.Made? = nil,
        refused: AdministrationDevicesModel.Refused? = nil, status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        let frame = try await pages.frame(context, .devices)
        var devices: [JSONValue] = []
        var query: String? = "limit=1000"
        while let asked = query {
            let page = try await pages.api.ask(.get, DeviceRoutes.path, query: asked, context).value
            devices += page["items"].elements
            query = page["next_cursor"].text.map { "limit=1000&cursor=\($0)" }
        }
        let model = AdministrationDevicesModel(
            devices,
            lines: try await pages.api.list(.lines, context),
            zone: try await pages.tenantZone(context),
            now: pages.services.clock(),
            made: made,
            refused: refused,
            notices: pages.notices(context, frame.localisation),
            pages.services.pages.faultTexts,
            frame
        )
        var response = Response.page(pages.services.pages.render(.adminDevices, model), status: status)
        if made != nil { response.headers[.cacheControl] = "no-store" }
        return response
    }

    private func add(_ context: TenantContext) async throws -> Response {
        let form = AdministrationForm(try await context.sessionItems())
        let kind = DeviceKind(rawValue: form.first("kind"))
        let body = try await body(form, of: kind, context)
        let members = [JSONMember(key: "kind", value: .string(form.first("kind")))] + body
        do {
            let reply = try await pages.api.ask(.post, DeviceRoutes.path, body: .object(members), context)
            return try await show(context, made: made(reply, context), status: .created)
        } catch let fault as Fault {
            guard fault.code == .invalid else { throw fault }
            return try await show(
                context, refused: .init(form: form, faults: fault.parameters), status: fault.code.status)
        }
    }

    // MARK: Changing

    private func form(_ context: TenantContext) async throws -> Response {
        let reply = try await device(context)
        let zone = try await pages.tenantZone(context)
        return try await show(
            .init(device: reply.value, form: AdministrationForm(device: reply.value, zone: zone), tag: reply.tag),
            context)
    }

    private func show(
        _ shown: AdministrationDeviceModel.Shown, status: HTTPResponse.Status = .ok, _ context: TenantContext
    ) async throws -> Response {
        let frame = try await pages.frame(context, .devices)
        var shown = shown
        shown.notices += pages.notices(context, frame.localisation)
        let id = shown.device["device_id"].whole ?? 0
        shown.history = try await pages.history(of: "device:\(id)", context) ?? []
        let model = AdministrationDeviceModel(
            shown, lines: try await pages.api.list(.lines, context), zone: try await pages.tenantZone(context),
            pages.services.pages.faultTexts, frame)
        return .page(pages.services.pages.render(.adminDevice, model), status: status)
    }

    private func replace(_ context: TenantContext) async throws -> Response {
        let form = AdministrationForm(try await context.sessionItems())
        let present = try await device(context)
        var shown = AdministrationDeviceModel.Shown(device: present.value, form: form, tag: present.tag)
        let body = try await body(
            form, of: present.value["kind"].text.flatMap(DeviceKind.init(rawValue:)), present: present.value, context)
        do {
            _ = try await pages.api.ask(
                .put, "\(DeviceRoutes.path)/\(context.open.parameters[0])", body: .object(body),
                ifMatch: form.first("etag"), context)
            return AdministrationPages.lead(to: "\(Self.path)/\(context.open.parameters[0])", .saved)
        } catch let fault as Fault {
            switch fault.code {
            case .preconditionFailed: shown.isLost = true
            case .invalid:
                shown.faults = fault.parameters
                shown.tag = form.first("etag")
            default: throw fault
            }
            return try await show(shown, status: fault.code.status, context)
        }
    }

    /// - Throws: `notFound` for none that the person looks after, or one that is revoked.
    private func device(_ context: TenantContext) async throws -> AdministrationAPI.Reply {
        let reply = try await pages.api.ask(.get, "\(DeviceRoutes.path)/\(context.open.parameters[0])", context)
        guard reply.value["revoked_at"] == .null else { throw Fault(code: .notFound) }
        return reply
    }

    /// What a form says of a device beside its kind.
    ///
    /// - Parameter present: the device that is changed. A day that is left as it was is the instant that it was.
    private func body(
        _ form: AdministrationForm, of kind: DeviceKind?, present: JSONValue = .null, _ context: TenantContext
    ) async throws -> [JSONMember] {
        var members = [
            JSONMember(key: "name", value: .string(form.first("name"))),
            JSONMember(key: "look", value: .string(form.first("look"))),
            JSONMember(key: "language", value: .string(form.first("language"))),
            JSONMember(
                key: "line_ids",
                value: .array(form.all("line_ids").map { text in Int64(text).map { .integer($0) } ?? .string(text) })),
        ]
        if kind == .andon, !form.first("alarm_minutes").isEmpty {
            let typed = form.first("alarm_minutes")
            members.append(
                JSONMember(
                    key: "alarm_after_seconds",
                    value: Int64(typed).flatMap { (0...1_440).contains($0) ? .integer($0 * 60) : nil } ?? .string(typed)
                ))
        }
        if kind == .andon, form.first("holds_stopped") == "true" {
            members.append(JSONMember(key: "holds_stopped", value: .bool(true)))
        }
        let typed = form.first("expires_on")
        let name = try await pages.tenantZone(context)
        if !typed.isEmpty, typed == AdministrationForm.lastDay(of: present, zone: name) {
            members.append(JSONMember(key: "expires_at", value: present["expires_at"]))
        } else if !typed.isEmpty {
            let zone = TimeZoneRules.named(name)
            let end = (try? LocalDate(parsing: typed)).map { "\(zone.start(of: $0 + 1))" }
            members.append(JSONMember(key: "expires_at", value: .string(end ?? typed)))
        }
        return members
    }

    private func renew(_ context: TenantContext) async throws -> Response {
        _ = try await context.sessionItems()
        let id = context.open.parameters[0]
        let reply = try await pages.api.ask(.post, "\(DeviceRoutes.path)/\(id)/renew", context)
        return try await show(context, made: made(reply, context))
    }

    private func revoke(_ context: TenantContext) async throws -> Response {
        _ = try await context.sessionItems()
        let id = context.open.parameters[0]
        _ = try await pages.api.ask(.delete, "\(DeviceRoutes.path)/\(id)", context)
        return AdministrationPages.lead(to: Self.path, .revoked)
    }

    private func made(
        _ reply: AdministrationAPI.Reply, _ context: TenantContext
    ) -> AdministrationDevicesModel.Made {
        // The link leads to the host that the person asks, whom the reply knows nothing of.
        .init(
            name: reply.value["name"].text ?? "",
            link: DeviceLink.text(reply.value["device_token"].text ?? "", context.request))
    }
}
