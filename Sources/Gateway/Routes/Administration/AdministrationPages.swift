import HTTPTypes
import IPC
import NIOCore
import Shared

/// The pages of the administration: lists, forms and what stands before a deletion, each of any kind.
struct AdministrationPages: Sendable {
    let services: Services
    let api: AdministrationAPI

    // MARK: What every page needs

    func frame(_ context: TenantContext, _ current: AdministrationPlace?) async throws -> AdministrationFrame {
        let site = context.open.site(services, user: context.principal.language)
        return AdministrationFrame(
            try await PersonBar(context, services, section: .administration),
            site: site,
            places: places(context),
            current: current,
            services.pages.localisations[site.language]
        )
    }

    /// Where the person may go: to what the API lets him change, or read where there is nothing to change.
    private func places(_ context: TenantContext) -> Set<AdministrationPlace> {
        guard case .user(_, let role) = context.principal.kind else { return [] }
        var places = Set(
            AdministrationKind.allCases.filter { api.roles(.post, $0.apiPath).contains(role) }
                .map(AdministrationPlace.kind))
        if api.roles(.post, DeviceRoutes.path).contains(role) { places.insert(.devices) }
        // These are about every plant.
        guard context.principal.plants == nil else {
            places.remove(.kind(.keys))
            return places
        }
        if api.roles(.get, AuditPage.apiPath).contains(role) { places.insert(.audit) }
        if api.roles(.post, LayoutsPage.apiPath).contains(role) { places.insert(.layouts) }
        if api.roles(.put, SettingsPage.apiPath(SettingKey.hotMonths.rawValue)).contains(role) {
            places.insert(.settings)
        }
        return places
    }

    func values(
        _ kind: AdministrationKind, _ context: TenantContext, _ localisation: Localisation
    ) async throws -> AdministrationValues {
        var references = AdministrationReferences()
        for other in kind.referenced { references.objects[other] = try await api.list(other, context) }
        references.tenantZone = try await tenantZone(context)
        return AdministrationValues(localisation: localisation, references: references)
    }

    func tenantZone(_ context: TenantContext) async throws -> String {
        guard case .user(let user, _) = context.principal.kind else { throw Fault(code: .forbidden) }
        let memberships = try await services.signIn.memberships(of: user)
        return memberships.first { $0.tenant == context.tenant }?.timeZone ?? "UTC"
    }

    func notices(_ context: TenantContext, _ localisation: Localisation) -> [AdministrationNotice] {
        let done = context.queryItems["done"].flatMap(AdministrationNotice.Done.init(rawValue:))
        return done.map { [AdministrationNotice(text: localisation.text($0.text), isBad: false)] } ?? []
    }

    // MARK: Lists

    func index(_ context: TenantContext) async throws -> Response {
        let frame = try await frame(context, nil)
        return .page(services.pages.render(.adminIndex, frame))
    }

    func list(_ kind: AdministrationKind, _ context: TenantContext) async throws -> Response {
        let frame = try await frame(context, .kind(kind))
        let values = try await values(kind, context, frame.localisation)
        let objects = try await api.list(kind, context)
        let query = context.queryItems
        let model = AdministrationListModel(
            kind, objects, search: String((query["q"] ?? "").prefix(200)), number: query["page"].flatMap(Int.init) ?? 1,
            notices: notices(context, frame.localisation), values, frame)
        return .page(services.pages.render(.adminList, model))
    }

    // MARK: Forms

    /// - Parameter id: nil for a new one.
    func form(_ kind: AdministrationKind, _ id: Substring?, _ context: TenantContext) async throws -> Response {
        let frame = try await frame(context, .kind(kind))
        let values = try await values(kind, context, frame.localisation)
        let object: AdministrationObject?
        if let id { object = try await api.object(kind, id, context) } else { object = nil }
        var form = AdministrationForm(new: kind)
        if let object { form = AdministrationForm(object, kind, values.references, frame.localisation) }
        var page = AdministrationObjectPage(kind: kind, object: object, form: form)
        page.notices = notices(context, frame.localisation)
        return try await show(page, values, frame, context)
    }

    /// Draws a form with what is known beside it.
    func show(
        _ page: AdministrationObjectPage, _ values: AdministrationValues, _ frame: AdministrationFrame,
        _ context: TenantContext, status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        var page = page
        if let object = page.object {
            page.history = try await history(of: object, page.kind, context)
            if page.faults.isEmpty {
                (page.preview, page.restating) = try await previews(page, values, context)
            }
        }
        let zones = page.kind == .plants ? (try? TimeZoneDatabase().names()) ?? [] : []
        let model = AdministrationObjectModel(page, values, services.pages.faultTexts, zones: zones, frame)
        return .page(services.pages.render(.adminObject, model), status: status)
    }

    /// What the form would change, as far as it can be told; and, of what has versions, what it would with the past too.
    func previews(
        _ page: AdministrationObjectPage, _ values: AdministrationValues, _ context: TenantContext
    ) async throws -> (change: JSONValue?, past: JSONValue?) {
        guard let resource = page.kind.masterData, page.kind.plansTime || page.kind.isDated else { return (nil, nil) }
        func preview(_ body: JSONValue) async throws -> JSONValue? {
            do throws(Fault) {
                return try await self.preview(resource, page.object?.id, body, context)
            } catch {
                if error.code == .invalid || error.code == .alreadyExists || error.code == .forbidden { return nil }
                throw error
            }
        }
        let body = self.body(of: page.kind, page.form, page.object, values)
        let change = try await preview(body)
        guard page.kind.isDated, let object = page.object, AdministrationEffect.offersBefore(object) else {
            return (change, nil)
        }
        let past = page.form.body(
            of: page.kind, values.references, isNew: false, validFrom: object["valid_from"].text)
        return (change, try await preview(past))
    }

    func preview(
        _ resource: MasterDataResource, _ id: Int64?, _ body: JSONValue, _ context: TenantContext
    ) async throws(Fault) -> JSONValue {
        var json = JSONWriter()
        json.value(body)
        let call = PreviewMasterData(resource: resource, change: id == nil ? .creation : .replacement, id: id ?? 0)
        return try await answer(call, ByteBuffer(bytes: json.bytes), context)
    }

    private func answer(
        _ call: PreviewMasterData, _ body: ByteBuffer, _ context: TenantContext
    ) async throws(Fault) -> JSONValue {
        let reply = try await services.call(call, context, body: body)
        guard case .whole(let bytes) = reply.body, let value = try? JSONReader.value(of: Array(buffer: bytes)) else {
            throw Fault(code: .internal)
        }
        return value
    }

    private func history(
        of object: AdministrationObject, _ kind: AdministrationKind, _ context: TenantContext
    ) async throws -> [JSONValue]? {
        let name = kind == .keys ? "key:\(object["public_id"].text ?? "")" : "\(kind.auditName):\(object.id)"
        return try await history(of: name, context)
    }

    /// What the audit log tells of a thing, newest first; nil for whoever may not read it.
    func history(of name: String, _ context: TenantContext) async throws -> [JSONValue]? {
        guard case .user(_, let role) = context.principal.kind, context.principal.plants == nil,
            api.roles(.get, AuditPage.apiPath).contains(role)
        else { return nil }
        return try await api.ask(.get, AuditPage.apiPath, query: "object=\(name)&limit=20", context).value["items"]
            .elements
    }

    // MARK: What is sent

    func submit(_ kind: AdministrationKind, _ id: Substring?, _ context: TenantContext) async throws -> Response {
        let form = AdministrationForm(try await context.sessionItems())
        let frame = try await frame(context, .kind(kind))
        let values = try await values(kind, context, frame.localisation)
        let object: AdministrationObject?
        if let id { object = try await api.object(kind, id, context) } else { object = nil }
        let body = body(of: kind, form, object, values)
        do {
            let tag = form.first("etag")
            let reply = try await api.ask(
                object == nil ? .post : .put, object.map { "\(kind.apiPath)/\($0.id)" } ?? kind.apiPath, body: body,
                ifMatch: object == nil || tag.isEmpty ? nil : tag, context)
            if let secret = reply.value["api_key"].text {
                // It exists nowhere else than in this answer.
                let made = AdministrationObject(reply.value, of: kind, tag: reply.tag)
                var page = AdministrationObjectPage(
                    kind: kind, object: made,
                    form: made.map { AdministrationForm($0, kind, values.references, frame.localisation) } ?? form)
                page.secret = secret
                return try await show(page, values, frame, context)
            }
            if let object { return Self.lead(to: "/admin/\(kind.rawValue)/\(object.id)", .saved) }
            return Self.lead(to: "/admin/\(kind.rawValue)", .added)
        } catch let fault as Fault {
            let page = AdministrationObjectPage(kind: kind, object: object, form: form)
            return try await refused(page, fault, values, frame, context)
        }
    }

    /// The form again, with what was typed and why it was not taken.
    ///
    /// - Throws: `fault` where there is no form to show.
    private func refused(
        _ page: AdministrationObjectPage, _ fault: Fault, _ values: AdministrationValues, _ frame: AdministrationFrame,
        _ context: TenantContext
    ) async throws -> Response {
        var page = page
        switch fault.code {
        case .notFound, .unauthorized:
            throw fault
        case .preconditionFailed:
            // The next attempt is against what is there now.
            if let object = page.object {
                page.object = try await api.object(page.kind, Substring("\(object.id)"), context)
            }
            page.isLost = true
        default:
            page.faults = fault.parameters
            if fault.parameters.isEmpty {
                let detail = services.pages.faultTexts.text(of: fault.code, in: frame.localisation.language).detail
                page.notices = [AdministrationNotice(text: detail, isBad: true)]
            }
        }
        var response = try await show(page, values, frame, context, status: fault.code.status)
        fault.addHeaders(to: &response.headers)
        return response
    }

    /// What is wrong with a form while it is filled in, and what it would do; nothing is stored.
    func check(_ kind: AdministrationKind, _ id: Substring?, _ context: TenantContext) async throws -> Response {
        guard let resource = kind.masterData else { throw Fault(code: .notFound) }
        let form = AdministrationForm(try await context.sessionItems())
        let site = context.open.site(services, user: context.principal.language)
        let localisation = services.pages.localisations[site.language]
        let values = try await values(kind, context, localisation)
        let object: AdministrationObject?
        if let id { object = try await api.object(kind, id, context) } else { object = nil }
        var page = AdministrationObjectPage(kind: kind, object: object, form: form)
        do throws(Fault) {
            page.preview = try await preview(resource, object?.id, body(of: kind, form, object, values), context)
        } catch {
            guard error.code == .invalid || error.code == .alreadyExists else { throw error }
            // What is not filled in yet is told when the form is sent.
            page.faults = error.parameters.filter { $0.code != .required }
            if page.faults.isEmpty, error.parameters.isEmpty { throw error }
        }
        page.restating = try await previews(page, values, context).past
        let model = AdministrationCheckModel(page, services.pages.faultTexts, site, localisation)
        return .page(services.pages.render(.adminCheck, model))
    }

    /// The body that a form stands for: of something that has versions, with the one that it writes.
    private func body(
        of kind: AdministrationKind, _ form: AdministrationForm, _ object: AdministrationObject?,
        _ values: AdministrationValues
    ) -> JSONValue {
        let plain = form.body(of: kind, values.references, isNew: object == nil)
        guard kind.isDated, let object else { return plain }
        let dated = kind.fields.filter { kind == .shifts || $0.isDated || (kind == .rates && $0.name == "is_active") }
        let isChanged = dated.contains { field in
            values.text(field) { plain[$0] } != values.text(field) { object[$0] }
        }
        guard isChanged else {
            // Nothing for a version: what holds last stays as it is.
            let newest = object.versions.last ?? .null
            let kept = dated.map { JSONMember(key: $0.name, value: newest[$0.name]) }
            return form.body(of: kind, values.references, isNew: false, replaced: kept)
        }
        let validFrom: String?
        switch AdministrationEffect(form) {
        case .today:
            let zone = TimeZoneRules.named(values.references.zone { plain[$0] })
            validFrom = zone.date(of: services.clock()).description
        case .date: validFrom = form.first("effective_date")
        case .before: validFrom = object["valid_from"].text
        }
        return form.body(of: kind, values.references, isNew: false, validFrom: validFrom)
    }

    // MARK: Deleting

    func deletion(
        _ kind: AdministrationKind, _ id: Substring, _ context: TenantContext, notices: [AdministrationNotice] = [],
        status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        let frame = try await frame(context, .kind(kind))
        let values = try await values(kind, context, frame.localisation)
        let object = try await api.object(kind, id, context)
        var notices = notices
        var preview: JSONValue?
        if let resource = kind.masterData {
            do throws(Fault) {
                preview = try await answer(
                    PreviewMasterData(resource: resource, change: .deletion, id: object.id), ByteBuffer(), context)
            } catch {
                guard error.code == .forbidden || error.code == .conflict else { throw error }
                let detail = services.pages.faultTexts.text(of: error.code, in: frame.localisation.language).detail
                notices = [AdministrationNotice(text: detail, isBad: true)]
            }
        }
        let model = AdministrationDeletionModel(object, kind, preview: preview, notices: notices, values, frame)
        return .page(services.pages.render(.adminDeletion, model), status: status)
    }

    func delete(_ kind: AdministrationKind, _ id: Substring, _ context: TenantContext) async throws -> Response {
        let form = AdministrationForm(try await context.sessionItems())
        do {
            let tag = form.first("etag")
            let reply = try await api.ask(
                .delete, "\(kind.apiPath)/\(id)", ifMatch: tag.isEmpty ? nil : tag, context)
            return Self.lead(to: "/admin/\(kind.rawValue)", reply.status == .ok ? .deactivated : .deleted)
        } catch let fault as Fault {
            guard fault.code != .notFound, fault.code != .unauthorized else { throw fault }
            let site = context.open.site(services, user: context.principal.language)
            let detail = services.pages.faultTexts.text(of: fault.code, in: site.language).detail
            return try await deletion(
                kind, id, context, notices: [AdministrationNotice(text: detail, isBad: true)],
                status: fault.code.status)
        }
    }

    static func lead(to path: String, _ done: AdministrationNotice.Done) -> Response {
        Response(status: .seeOther, headers: [.location: "\(path)?done=\(done.rawValue)"])
    }
}

extension TenantContext {
    /// The fields of a form that a page sent with its session's token, in their order.
    ///
    /// - Throws: `csrfFailed`.
    func sessionItems() async throws -> QueryItems {
        guard open.mediaType.name == "application/x-www-form-urlencoded" else {
            throw Fault(code: .unsupportedMediaType)
        }
        let items = QueryItems(String(buffer: try await open.wholeBody()))
        guard case .pageSession(let token) = identity.proof else { throw Fault(code: .csrfFailed) }
        try CrossSiteRequests.checkForm(request, given: items.firstValues["csrf_token"], expected: token)
        return items
    }

    /// What the address asks for; of a name given twice its first value.
    var queryItems: [String: String] { QueryItems(request.uri.query ?? "").firstValues }
}
