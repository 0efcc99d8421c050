import Shared

/// What a device is told of the site so that it can install it as an application (W3C Web Application Manifest).
struct SiteManifest {
    /// As the style sheet has them, light.
    private static let background = "#f4f5f7"
    private static let accent = "#1f5fd6"
    private static let icons = [
        (file: "favicon.svg", sizes: "any", type: "image/svg+xml", purpose: "any"),
        (file: "icon-192.png", sizes: "192x192", type: "image/png", purpose: "any"),
        (file: "icon-512.png", sizes: "512x512", type: "image/png", purpose: "any"),
        (file: "icon-maskable-512.png", sizes: "512x512", type: "image/png", purpose: "maskable"),
    ]

    let site: PageSite
    let localisation: Localisation

    var json: [UInt8] {
        let name = localisation.text(.appName)
        var json = JSONWriter()
        json.object { json in
            json.field("id", site.base + "/")
            json.field("name", name)
            json.field("short_name", String(name.prefix { $0 != " " }))
            json.field("lang", site.language.rawValue)
            json.field("start_url", site.base + "/")
            json.field("scope", site.base + "/")
            json.field("display", "standalone")
            json.field("background_color", Self.background)
            json.field("theme_color", Self.accent)
            json.key("icons")
            json.array { json in
                for icon in Self.icons {
                    json.object { json in
                        json.field("src", "\(site.assets)/\(icon.file)")
                        json.field("sizes", icon.sizes)
                        json.field("type", icon.type)
                        json.field("purpose", icon.purpose)
                    }
                }
            }
        }
        return json.bytes
    }
}
