package import Shared

/// What every page needs to know about where it is served and how it should look.
package struct PageSite: Sendable {
    /// Path everything is served under, without a slash at its end; empty at the root.
    package var base: String
    /// Address of the folder of static files, e.g. `/static/3f2a…`, without a slash at its end.
    package var assets: String
    package var language: LanguageCode
    package var theme: Theme
    /// What the names of cookies begin with.
    package var cookiePrefix: String
    /// Whose data its pages show; nil where nobody has signed in.
    package var tenant: TenantID?

    /// What pages that reload themselves are told apart by: their files, and whose they are.
    package var version: String { tenant.map { "\(assets)-\($0)" } ?? assets }

    package init(
        base: String = "", assets: String, language: LanguageCode, theme: Theme = .system, cookiePrefix: String = ""
    ) {
        self.base = base
        self.assets = assets
        self.language = language
        self.theme = theme
        self.cookiePrefix = cookiePrefix
    }

    /// The cookie that carries the language a person chose on the page, without its prefix: `es` or `en`.
    package static let languageCookie = "camet_language"
}

/// Light or dark, as chosen on the page.
package enum Theme: String, CaseIterable, Sendable {
    case light
    case dark
    /// As the device is set.
    case system

    /// The cookie that carries it, without its prefix.
    package static let cookie = "camet_theme"

    /// - Parameter cookie: anything but a known value means `system`.
    package init(cookie: String?) {
        self = cookie.flatMap(Theme.init(rawValue:)) ?? .system
    }
}

/// The head and frame of a page, as templates see them.
struct PageFrame {
    let base: String
    let assets: String
    let lang: String
    let theme: String
    let languageCookie: String
    let themeCookie: String
    let languages: [Choice]
    let themes: [Choice]

    struct Choice {
        let value: String
        let name: String
        let isCurrent: Bool
    }

    init(_ site: PageSite, _ localisation: Localisation) {
        base = site.base
        assets = site.assets
        lang = site.language.rawValue
        theme = site.theme.rawValue
        languageCookie = site.cookiePrefix + PageSite.languageCookie
        themeCookie = site.cookiePrefix + Theme.cookie
        languages = LanguageCode.allCases.map { language in
            Choice(value: language.rawValue, name: language.ownName, isCurrent: language == site.language)
        }
        let texts = localisation.tree.texts
        themes = Theme.allCases.map { theme in
            Choice(
                value: theme.rawValue,
                name: texts["menu.theme_\(theme.rawValue)"] ?? theme.rawValue,
                isCurrent: theme == site.theme
            )
        }
    }
}

extension LanguageCode {
    /// The name of the language in itself.
    var ownName: String {
        switch self {
        case .spanish: "Español"
        case .english: "English"
        }
    }
}
