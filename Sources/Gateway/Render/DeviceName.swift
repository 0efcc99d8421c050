/// What people call the browser or program, and the system under it, that a User-Agent names.
///
/// For people to know their own by, and for nothing else: whoever asks may write anything there.
struct DeviceName: Equatable {
    let program: String?
    let system: String?

    private static let longestProgram = 40

    /// Names of products and what people call them; the first that is there counts, because browsers also name those they
    /// are like.
    private static let browsers: KeyValuePairs<String, String> = [
        "Edg": "Edge", "EdgA": "Edge", "EdgiOS": "Edge", "OPR": "Opera", "SamsungBrowser": "Samsung Internet",
        "Firefox": "Firefox", "FxiOS": "Firefox", "CriOS": "Chrome", "Chrome": "Chrome", "HeadlessChrome": "Chrome",
        "Safari": "Safari",
    ]
    /// The same of systems, by what the comment contains.
    private static let systems: KeyValuePairs<String, String> = [
        "iPhone": "iPhone", "iPad": "iPad", "Android": "Android", "Windows": "Windows", "CrOS": "ChromeOS",
        "Macintosh": "macOS", "Linux": "Linux",
    ]

    init(userAgent: String?) {
        let text = userAgent ?? ""
        let products = text.split(separator: " ").map { $0.prefix { $0 != "/" } }
        system = Self.systems.first { text.contains($0.key) }?.value
        if text.hasPrefix("Mozilla/") {
            program = Self.browsers.first { products.contains(Substring($0.key)) }?.value
        } else {
            let named = text.prefix { $0 != "/" && $0 != "(" && $0 != ";" }.prefix(Self.longestProgram)
            let trimmed = named.split(separator: " ").joined(separator: " ")
            program = trimmed.isEmpty ? nil : trimmed
        }
    }

    func text(_ localisation: Localisation) -> String {
        switch (program, system) {
        case (let program?, let system?):
            localisation.text(.accountDeviceIn, ["program": program, "system": system])
        case (let name?, nil), (nil, let name?): name
        case (nil, nil): localisation.text(.accountDeviceUnknown)
        }
    }
}
