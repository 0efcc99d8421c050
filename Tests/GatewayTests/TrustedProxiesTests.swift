import NIOCore
import NIOHTTP1
import Testing

@testable import Gateway

@Suite("Where a request behind a proxy came from")
struct TrustedProxiesTests {
    private func peer(_ address: String, trusting proxies: String?) throws -> ConnectionPeer {
        ConnectionPeer(
            try SocketAddress(ipAddress: address, port: 1),
            trusting: try proxies.map { try TrustedProxies(parsing: $0) } ?? .none
        )
    }

    private func client(_ list: String, from address: String, trusting proxies: String?) throws -> String {
        let fields = RequestFields(["X-Forwarded-For": list])
        return try peer(address, trusting: proxies).client(fields).counted.description
    }

    @Test("Only a trusted proxy is believed, and loopback is none by itself")
    func onlyTrusted() throws {
        #expect(try client("203.0.113.9", from: "127.0.0.1", trusting: nil) == "127.0.0.1")
        #expect(try client("203.0.113.9", from: "127.0.0.1", trusting: "10.0.0.0/8, ::1") == "127.0.0.1")
        #expect(try client("203.0.113.9", from: "127.0.0.1", trusting: "127.0.0.1") == "203.0.113.9")
        #expect(try client("203.0.113.9", from: "10.255.0.1", trusting: "10.0.0.0/8") == "203.0.113.9")
        #expect(try client("203.0.113.9", from: "11.0.0.1", trusting: "10.0.0.0/8") == "11.0.0.1")
        #expect(try client("203.0.113.9", from: "::1", trusting: "::1") == "203.0.113.9")
        #expect(try client("203.0.113.9", from: "::ffff:10.0.0.1", trusting: "10.0.0.1") == "203.0.113.9")
        #expect(try client("2001:db8:1:2:3::4", from: "10.0.0.1", trusting: "10.0.0.1") == "2001:db8:1:2::/64")
    }

    @Test(
        "What was there before the trusted proxies is the client's own word",
        arguments: [
            ("1.1.1.1, 203.0.113.9", "203.0.113.9"), ("1.1.1.1,203.0.113.9,\t10.0.0.2 ", "203.0.113.9"),
            ("10.0.0.2, 10.0.0.3", "10.0.0.2"), ("nonsense, 203.0.113.9", "203.0.113.9"),
            ("203.0.113.9, nonsense", "10.0.0.1"), ("203.0.113.9, unknown, 10.0.0.2", "10.0.0.2"), ("", "10.0.0.1"),
            ("203.0.113.9:4711", "10.0.0.1"),
        ])
    func lists(list: String, expected: String) throws {
        #expect(try client(list, from: "10.0.0.1", trusting: "10.0.0.0/24") == expected)
    }

    @Test("A proxy's word that its client speaks TLS counts as little as any other")
    func secure() throws {
        let fields = RequestFields(["X-Forwarded-Proto": "https"])
        #expect(try peer("10.0.0.1", trusting: "10.0.0.1").isSecure(fields))
        #expect(try !peer("10.0.0.1", trusting: "10.0.0.1").isSecure(RequestFields(["X-Forwarded-Proto": "http"])))
        #expect(try !peer("10.0.0.2", trusting: "10.0.0.1").isSecure(fields))
    }

    @Test(arguments: ["x", "", "10.0.0.1,", "10.0.0.0/33", "10.0.0.0/-1", "::/129", "10.0.0.1:80", "10.0.0.0/8/8"])
    func unreadable(text: String) {
        #expect(throws: TrustedProxies.UnreadableNetwork.self) { try TrustedProxies(parsing: text) }
    }

    @Test("Bits that are no whole octet count too")
    func bits() throws {
        let proxies = try TrustedProxies(parsing: "192.0.2.128/25,2001:db8::/33")
        for (text, isIn) in [
            ("192.0.2.128", true), ("192.0.2.127", false), ("2001:db8:7fff::1", true), ("2001:db8:8000::1", false),
        ] {
            #expect(try proxies.contains(#require(NetworkAddress(parsing: text))) == isIn, "\(text)")
        }
        let all = try TrustedProxies(parsing: "0.0.0.0/0")
        #expect(try all.contains(#require(NetworkAddress(parsing: "203.0.113.9"))))
        #expect(try !all.contains(#require(NetworkAddress(parsing: "2001:db8::1"))))
    }
}
