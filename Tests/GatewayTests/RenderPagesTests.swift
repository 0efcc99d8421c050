import Foundation
import Identity
import Shared
import Testing

@testable import Gateway

@Suite("Pages")
struct RenderPagesTests {
    private static func bar(_ role: Role) -> PersonBar {
        PersonBar(
            tenantName: "Sur & <Norte>", userName: #"Ana "x""#, role: role, csrfToken: "to<k>en")
    }

    private static func dashboard(_ view: DashboardView, role: Role = .manager) -> DashboardPage {
        DashboardPage(
            view: view,
            bar: bar(role),
            plants: [.init(id: PlantID(1), name: "Pilar"), .init(id: PlantID(2), name: "Rosario")],
            lines: [.init(id: LineID(7), plant: PlantID(2), code: "L7", name: "Horno")],
            shifts: []
        )
    }

    /// Every page in every language and theme.
    private static func pages() throws -> [String] {
        let renderer = try RenderSupport.renderer.get()
        return LanguageCode.allCases.flatMap { language in
            let site = RenderSupport.site(language, theme: .dark)
            let signIns = [
                SignInPage(csrfToken: "t"), SignInPage(failure: .locked(seconds: 90), username: "<i>", csrfToken: "t"),
                SignInPage(step: .oneTimeCode(ticket: "tick"), failure: .oneTimeCode, csrfToken: "t"),
                SignInPage(
                    step: .oneTimeCode(ticket: "tick", sendsMessages: true), csrfToken: "t", isMessageSent: true),
                SignInPage(next: "/x?a=b&c", csrfToken: "t", isSignedOut: true),
            ].map { renderer.signInPage($0, site: site) }
            let errors = [403, 404, 429, 500, 503].map {
                renderer.errorPage(status: $0, code: nil, requestID: "r<1>", retryAfter: 7, site: site)
            }
            let view = DashboardView(period: .yesterday)
            return signIns + errors + [renderer.dashboardPage(dashboard(view), site: site)]
                + accounts.map { renderer.accountPage($0, site: site) }
        }
    }

    /// The account page in each of its states.
    private static var accounts: [AccountPage] {
        let now = Instant(seconds: 1_772_604_000)
        let session = AccountSessions.Session(
            id: "s-1", isOfPages: true, isCurrent: true, tenantName: "Sur & <Norte>", address: nil, userAgent: nil,
            begunAt: now, lastUsedAt: now)
        var other = session
        other.id = "s-2"
        other.isOfPages = false
        other.isCurrent = false
        other.address = "192.0.2.7"
        other.userAgent = "<i>reader/1"
        other.lastUsedAt = now + -3_599_000_000
        let plain = AccountPage(bar: bar(.viewer), sessions: AccountSessions(shown: [session], now: now))
        var enrolling = plain
        enrolling.needsSecondFactor = true
        enrolling.enrolment = .init(secret: "ABCDEFGHIJ", address: "otpauth://totp/x?secret=ABCDEFGHIJ")
        enrolling.failure = (.confirm, .code)
        var enrolled = plain
        enrolled.hasApplication = true
        enrolled.offersMessages = true
        enrolled.isTelephoneWaiting = true
        enrolled.recoveryCodesLeft = 1
        enrolled.failure = (.disable, .locked(seconds: 90))
        enrolled.done = .saved
        var shown = enrolled
        shown.newRecoveryCodes = ["aaaa-bbbb", "cccc-dddd"]
        var several = plain
        several.bar.otherTenants = [.init(slug: "este", name: "<Este>")]
        several.sessions = AccountSessions(shown: [session, other], isContinued: true, next: "1.s-2", now: now)
        several.failure = (.endSession, .ended)
        several.passwordFailures = [.new: .newPassword(.tooShort), .again: .differs]
        several.done = .passwordChanged
        return [plain, enrolling, enrolled, shown, several]
    }

    @Test("The account page has what each state needs, and every form its protection code")
    func account() throws {
        let renderer = try RenderSupport.renderer.get()
        let pages = Self.accounts.map { renderer.accountPage($0, site: RenderSupport.site(.english)) }
        for html in pages {
            let forms = html.matches(
                of: /<form method="post"[^>]*>\s*<input type="hidden" name="csrf_token" value="to&lt;k&gt;en">/)
            #expect(forms.count == html.matches(of: /<form/).count)
        }
        #expect(pages[0].contains(#"action="/base/account/second-factor/enroll""#))
        #expect(!pages[0].contains(#"class="qr""#))
        #expect(pages[1].contains(#"class="qr""#) && pages[1].contains("ABCD EFGH IJ"))
        #expect(pages[1].contains(#"id="confirm-failure""#) && pages[1].contains("Your company requires"))
        #expect(pages[2].contains("1 recovery code is left.") && pages[2].contains("Your changes were saved."))
        #expect(pages[2].contains(#"id="form-disable" open"#) && pages[2].contains("Try again in 1 min 30 s."))
        #expect(pages[0].contains("in use") && !pages[0].contains(#"name="sid""#))
        #expect(!pages[0].contains("/account/sessions/end-others"))
        #expect(pages[3].contains("<li><code>aaaa-bbbb</code></li>") && !pages[3].contains("form-disable"))
    }

    @Test("Sign-ins are told as people know them, and what a new password lacks beside its field")
    func accountSessionsAndPassword() throws {
        let renderer = try RenderSupport.renderer.get()
        let html = renderer.accountPage(Self.accounts[4], site: RenderSupport.site(.english))
        #expect(html.contains("API · Sur &amp; &lt;Norte&gt; · <span>from 192.0.2.7"))
        #expect(html.contains("&lt;i&gt;reader") && html.contains("Unknown device"))
        #expect(
            html.contains(#"Since <time datetime="2026-03-04T06:00:00Z" data-local>Mar 4, 2026 06:00 UTC</time>"#))
        #expect(html.contains("last used 59 min ago") && html.contains("in use"))
        #expect(html.matches(of: /name="sid" value="([^"]*)"/).map(\.1) == ["s-2"])
        #expect(html.contains(#"href="/base/account?sessions=1.s-2#sessions""#))
        #expect(html.contains(#"href="/base/account#sessions""#))
        #expect(html.contains("That sign-in has already ended."))
        #expect(html.contains(#"name="tenant" value="este">&lt;Este&gt;</button>"#))
        let fields = html.matches(of: /<input name="(\w*password\w*)" type="password" ([^>]*)>/)
        #expect(
            fields.map { "\($0.1) \($0.2)" }.suffix(3) == [
                #"current_password autocomplete="current-password" required"#,
                #"new_password autocomplete="new-password" required autofocus aria-invalid="true" "#
                    + #"aria-describedby="failure-new_password hint-new_password""#,
                #"new_password_again autocomplete="new-password" required aria-invalid="true" "#
                    + #"aria-describedby="failure-new_password_again""#,
            ])
        #expect(html.contains("Use at least 12 characters.") && html.contains("Your password was changed"))
    }

    @Test("A QR code is a square with its three corners and nothing outside its quiet zone")
    func qrCode() throws {
        let code = try #require(QRCode("otpauth://totp/x?secret=ABCDEFGHIJ"))
        #expect((code.size - 8 - 17).isMultiple(of: 4))
        #expect(code.path.hasPrefix("M4 4h7v1h-7z"))
        #expect(code.path.matches(of: /M\d+ \d+h\d+v1h-\d+z/).map { String($0.output) }.joined() == code.path)
        #expect(QRCode(String(repeating: "x", count: 5_000)) == nil)
    }

    @Test("Nothing that the content security policy refuses, and nothing unescaped or unfilled")
    func pagesKeepThePolicy() throws {
        for html in try Self.pages() {
            #expect(!html.contains(#" style=""#))
            #expect(!html.contains("<style"))
            #expect(html.matches(of: /<script(?![^>]*\ssrc=)/).isEmpty)
            #expect(html.matches(of: /\son[a-z]+="/).isEmpty)
            #expect(!html.contains("{{"))
            #expect(!html.contains("r<1>"))
            #expect(!html.contains("<i>"))
            #expect(!html.contains("<Norte>"))
            #expect(html.hasPrefix("<!doctype html>"))
            #expect(html.contains(#"data-theme="dark""#))
        }
    }

    @Test("All addresses are below the base path")
    func addressesAreBased() throws {
        for html in try Self.pages() {
            for match in html.matches(of: /\s(?:href|src|action|sse-connect)="(\/[^"]*)"/) {
                #expect(match.1.hasPrefix("/base/"), "\(match.1)")
            }
        }
    }

    @Test("The sign-in form is one that works without JavaScript, and never repeats a password")
    func signIn() throws {
        let renderer = try RenderSupport.renderer.get()
        let site = RenderSupport.site(.english)
        let page = renderer.signInPage(
            SignInPage(failure: .credentials, username: #"a"b"#, next: "/?tab=oee&x=1", csrfToken: "tok"),
            site: site
        )
        #expect(page.contains(#"<form method="post" action="/base/login""#))
        #expect(page.contains(#"name="csrf_token" value="tok""#))
        #expect(page.contains(#"name="next" value="/?tab=oee&amp;x=1""#))
        #expect(page.contains(#"name="username" value="a&quot;b""#))
        #expect(page.matches(of: /name="password"[^>]*value=/).isEmpty)
        #expect(page.contains("The username or the password is not correct."))
        #expect(page.contains(#"role="alert""#))
        let first = renderer.signInPage(SignInPage(csrfToken: "tok"), site: site)
        #expect(!first.contains(#"role="alert""#))
        #expect(!first.contains("aria-invalid"))
        #expect(!first.contains(#"name="next""#))
        let second = renderer.signInPage(SignInPage(step: .oneTimeCode(ticket: "tick"), csrfToken: "tok"), site: site)
        #expect(second.contains(#"name="otp_ticket" value="tick""#))
        #expect(second.contains("one-time-code"))
        #expect(!second.contains(#"name="password""#))
        let locked = renderer.signInPage(SignInPage(failure: .locked(seconds: 840), csrfToken: "tok"), site: site)
        #expect(locked.contains("Too many attempts. Try again in 14 min."))
    }

    @Test("The dashboard shows the view of its address, and signs out with the form's token")
    func dashboard() throws {
        var view = DashboardView(period: .sevenDays, tab: .oee)
        view.lines = .some([LineID(7)])
        let html = try RenderSupport.renderer.get()
            .dashboardPage(Self.dashboard(view), site: RenderSupport.site(.spanish))
        #expect(html.contains(#"<input type="radio" name="period" value="7d" checked>"#))
        #expect(html.contains(#"<option value="7" data-plant="2" selected>L7 · Horno</option>"#))
        #expect(html.contains(#"data-tab="oee" aria-current="page""#))
        #expect(html.contains(#"action="/base/logout""#))
        #expect(html.contains(#"<meta name="csrf-token" content="to&lt;k&gt;en">"#))
        // No shift, no control for one; no other company, no switch.
        #expect(!html.contains(#"name="shift_id""#))
        #expect(!html.contains("/session/switch"))
        #expect(html.contains("Responsable"))
    }

    @Test("The lines stand by plant and after their groups, where there are several of either")
    func lineSections() throws {
        let renderer = try RenderSupport.renderer.get()
        var page = Self.dashboard(DashboardView(period: .today))
        func select() throws -> String {
            let html = renderer.dashboardPage(page, site: RenderSupport.site(.english))
            let start = try #require(html.firstRange(of: #"<select name="line_id">"#)).upperBound
            let end = try #require(html[start...].firstRange(of: "</select>")).lowerBound
            return html[start..<end].split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
                .filter { !$0.isEmpty }.joined(separator: "\n")
        }
        let all = #"<option value="">All lines</option>"#
        let seven = #"<option value="7" data-plant="2">L7 · Horno</option>"#
        #expect(try select() == "\(all)\n<optgroup label=\"Rosario\">\n\(seven)\n</optgroup>")
        page.plants.removeFirst()
        #expect(try select() == "\(all)\n\(seven)")
        page.view.lines = .group(LineGroupID(3))
        page.lineGroups = [.init(id: LineGroupID(3), name: "A & B", plants: [PlantID(2), PlantID(1)])]
        #expect(
            try select() == """
                \(all)
                <optgroup label="Groups of lines">
                <option value="group_line_3" data-plant="1 2" selected>A &amp; B</option>
                </optgroup>
                <optgroup label="Lines">
                \(seven)
                </optgroup>
                """)
    }

    @Test("A wrong address is told by its parameters, in the page's language", arguments: LanguageCode.allCases)
    func wrongAddress(language: LanguageCode) throws {
        let renderer = try RenderSupport.renderer.get()
        let faults = [
            ParameterFault(parameter: "line_id", code: .unknownLine),
            ParameterFault(parameter: "<b>", code: .unknownField),
        ]
        func page(_ parameters: [ParameterFault]) -> String {
            renderer.errorPage(
                status: 422,
                code: .invalid,
                parameters: parameters,
                requestID: "abc-1",
                site: RenderSupport.site(language)
            )
        }
        let html = page(faults)
        let title = language == .spanish ? "Esta dirección no es válida" : "This address is not valid"
        #expect(html.contains("<h1>\(title)</h1>"))
        for fault in faults {
            #expect(html.contains(renderer.faultTexts.message(of: fault, in: language)))
        }
        #expect(html.contains("<code>line_id</code>") && html.contains("<code>&lt;b&gt;</code>"))
        #expect(html.contains(#"href="/base/""#))
        #expect(!page([]).contains(title) && !page([]).contains(#"class="faults""#))
    }

    @Test(arguments: [
        (403, "You may not see this", false), (404, "We could not find this page", false),
        (429, "You can try again in 12 s.", true), (500, "Something went wrong", false),
        (503, "Back in a moment", true),
    ])
    func errors(status: Int, text: String, retries: Bool) throws {
        let html = try RenderSupport.renderer.get().errorPage(
            status: status,
            code: nil,
            requestID: "abc-1",
            retryAfter: 12,
            site: RenderSupport.site(.english)
        )
        #expect(html.contains(text))
        #expect(html.contains("abc-1"))
        #expect(html.contains(#"data-retry="12""#) == retries)
        #expect(html.contains(#"href="/base/""#) == !retries)
    }

    @Test(arguments: [("light", Theme.light), ("dark", .dark), ("system", .system), ("<b>", .system)])
    func themes(cookie: String, theme: Theme) {
        #expect(Theme(cookie: cookie) == theme)
        #expect(Theme(cookie: nil) == .system)
    }
}
