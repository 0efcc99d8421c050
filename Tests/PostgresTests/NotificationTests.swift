import PostgresClient
import TestSupport
import Testing

@Suite struct NotificationTests {
    @Test func listensAndIsBackAfterItsBackendWasKilled() async throws {
        let cluster = try PostgresCluster()
        let events = try NotificationListener.events(
            cluster.settings(), channels: [Identifier("production"), Identifier("stops")], logger: quiet)
        var iterator = events.makeAsyncIterator()
        #expect(await iterator.next() == .listening(isReconnect: false))
        try cluster.sql("notify stops, 'line 1'")
        try cluster.sql("notify other, 'not heard'")
        try cluster.sql("notify production")
        #expect(await iterator.next() == .notification(channel: "stops", payload: "line 1"))
        #expect(await iterator.next() == .notification(channel: "production", payload: ""))
        try cluster.killBackends()
        #expect(await iterator.next() == .lost)
        #expect(await iterator.next() == .listening(isReconnect: true))
        try cluster.sql("notify stops, 'line 2'")
        #expect(await iterator.next() == .notification(channel: "stops", payload: "line 2"))
        try cluster.stop()
        // Told at once, and once however often the server is not there.
        #expect(await iterator.next() == .lost)
        try cluster.start()
        let back = ContinuousClock.now
        #expect(await iterator.next() == .listening(isReconnect: true))
        // Five times the promised two seconds.
        #expect(back.duration(to: .now) < .seconds(10))
    }

    @Test func anUnreadListenerIsToldThatItMissedSomething() async throws {
        let cluster = try PostgresCluster.shared()
        let channel = try Identifier("flood")
        let events = try NotificationListener.events(
            cluster.settings(), channels: [channel], buffered: 4, logger: quiet)
        var iterator = events.makeAsyncIterator()
        #expect(await iterator.next() == .listening(isReconnect: false))
        try cluster.sql("select count(pg_notify('flood', n::text)) from generate_series(1, 1000) n")
        var hasMissed = false
        while let event = await iterator.next() {
            if event == .missed { hasMissed = true }
            if case .notification(_, let payload) = event, payload == "last" { break }
            if hasMissed { try cluster.sql("notify flood, 'last'") }
        }
        #expect(hasMissed)
    }

    @Test func endsWithItsReader() async throws {
        let cluster = try PostgresCluster.shared()
        var settings = cluster.settings()
        settings.applicationName = "camet-listener"
        let count = "select count(*) from pg_stat_activity where application_name = 'camet-listener'"
        do {
            let events = try NotificationListener.events(settings, channels: [Identifier("x")], logger: quiet)
            var iterator = events.makeAsyncIterator()
            #expect(await iterator.next() == .listening(isReconnect: false))
            #expect(try cluster.sql(count) == "1")
        }
        #expect(try await eventually { try cluster.sql(count) == "0" })
    }
}
