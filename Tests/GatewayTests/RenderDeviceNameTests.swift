import Shared
import Testing

@testable import Gateway

@Suite("Names of devices")
struct RenderDeviceNameTests {
    @Test(
        "Browsers and systems are named as people call them",
        arguments: [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
                "Chrome en Windows"
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36 Edg/126.0",
                "Edge en Windows"
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
                "Safari en macOS"
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/126.0 Mobile/15E148 Safari/604.1",
                "Chrome en iPhone"
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0 Mobile Safari/537.36",
                "Samsung Internet en Android"
            ),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox en Linux"),
            ("Mozilla/5.0 (X11; Linux x86_64) Something/1", "Linux"),
            ("python-requests/2.31.0", "python-requests"),
            ("line  reader/7 (Linux)", "line reader en Linux"),
            ("Mozilla/5.0", "Dispositivo desconocido"),
            (" /", "Dispositivo desconocido"),
        ])
    func named(userAgent: String, text: String) throws {
        let spanish = try RenderSupport.renderer.get().localisations[.spanish]
        #expect(DeviceName(userAgent: userAgent).text(spanish) == text)
    }

    @Test("What is none, or has no end, is told briefly")
    func bounded() throws {
        let english = try RenderSupport.renderer.get().localisations[.english]
        #expect(DeviceName(userAgent: nil).text(english) == "Unknown device")
        #expect(DeviceName(userAgent: String(repeating: "B", count: 255)).program?.count == 40)
    }
}
