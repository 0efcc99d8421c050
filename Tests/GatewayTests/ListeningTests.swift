import CProcess
import Foundation
import Glibc
import Logging
import NIOCore
import NIOEmbedded
import Shared
import Testing

@testable import Gateway

@Suite struct ListeningTests {
    private func pair() -> (Int32, Int32) {
        var ends: [Int32] = [-1, -1]
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        return (ends[0], ends[1])
    }

    @Test func socketsAreGivenOnceAndNotWhenTheyAreClosed() throws {
        let listener = try BoundListener.open(host: "127.0.0.1", port: 0)
        let listeners = RequestListeners([listener], outlive: false)
        let (mine, theirs) = pair()
        defer { for descriptor in [listener, mine, theirs] { close(descriptor) } }
        #expect(listeners.give(over: mine) == 0)
        var received = [Int32](repeating: -1, count: camet_most_descriptors)
        var holders = camet_held_by_others
        #expect(camet_receive_descriptors(theirs, &received, &holders) == 1)
        #expect(holders == camet_held_by_sender)
        #expect(camet_is_listening(received[0]) != 0)
        #expect(fcntl(received[0], F_GETFD) & FD_CLOEXEC != 0)
        close(received[0])
        #expect(listeners.give(over: mine) == EALREADY)
        // Whoever got them is no more.
        listeners.takeBack()
        #expect(listeners.give(over: mine) == 0)
        #expect(camet_receive_descriptors(theirs, &received, &holders) == 1)
        close(received[0])
        // Somebody else accepts now.
        #expect(listeners.close())
        listeners.takeBack()
        #expect(listeners.give(over: mine) == EALREADY)

        // Of somebody who keeps them for the one after that as well.
        #expect(RequestListeners([listener], outlive: true).give(over: mine) == 0)
        #expect(camet_receive_descriptors(theirs, &received, &holders) == 1)
        #expect(holders == camet_held_by_others)
        close(received[0])

        let unshared = RequestListeners([listener], outlive: false)
        #expect(!unshared.close())
        #expect(unshared.give(over: mine) == EALREADY)
    }

    @Test func whatIsNoDescriptorIsNotReceived() {
        let (mine, theirs) = pair()
        defer { close(theirs) }
        var received = [Int32](repeating: -1, count: camet_most_descriptors)
        var holders = camet_held_by_sender
        #expect(write(mine, "x", 1) == 1)
        #expect(camet_receive_descriptors(theirs, &received, &holders) == -EPROTO)
        close(mine)
        #expect(camet_receive_descriptors(theirs, &received, &holders) == -EPIPE)
    }

    @Test func socketsForSomebodyElseAreNotTaken() throws {
        #expect(try InheritedListeners.read(environment: [:]).isEmpty)
        #expect(try InheritedListeners.read(environment: ["LISTEN_PID": "1", "LISTEN_FDS": "1"]).isEmpty)
        for count in ["", "0", "17", "x"] {
            #expect(throws: SettingsError.self) {
                try InheritedListeners.read(environment: ["LISTEN_PID": "\(getpid())", "LISTEN_FDS": count])
            }
        }
    }

    private func claims(_ folder: String) throws -> TenantClaims {
        try TenantClaims(runFolder: folder, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Two openings of one file, as two processes have them.
    @Test func aTenantIsOneGatewaysAtATime() throws {
        let folder = "/tmp/camet-\(UInt32.random(in: .min ... .max))"
        try ListeningSocket.makeFolder(folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (first, second) = (try claims(folder), try claims(folder))
        let tenants = [1, 2, 3, 4, 1 << 40].map { TenantID($0) }
        #expect(try first.takeAll() && first.isWhole)
        #expect(try !second.takeAll() && !second.takeConnections() && !second.take(tenants[0]))

        first.giveUpConnections()
        #expect(try second.takeConnections())
        #expect(tenants.allSatisfy { !second.take($0) })
        first.giveUpTenants(but: [tenants[1], tenants[3]])
        #expect(tenants.map { second.take($0) } == [true, false, true, false, true])
        #expect(try !first.takeAll() && !first.take(tenants[2]))
        first.giveUp(tenants[3])
        #expect(second.take(tenants[3]) && !second.take(tenants[1]))
        #expect(try !second.takeAll())
        // What one has once taken it may ask for again.
        #expect(second.take(tenants[3]))
        first.giveUp(tenants[1])
        #expect(try second.takeAll() && second.isWhole && second.take(tenants[1]))
    }

    @Test func whoLeavesTakesNothingThatSomebodyElseMayWant() throws {
        let folder = "/tmp/camet-\(UInt32.random(in: .min ... .max))"
        try ListeningSocket.makeFolder(folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (first, second, third) = (try claims(folder), try claims(folder), try claims(folder))
        let tenants = [1, 2].map { TenantID($0) }
        #expect(try first.takeAll())
        first.giveUpConnections()
        // What looks for the rest of the tenants may still be at it.
        #expect(try !first.takeRest() && !first.takeAll() && first.has(tenants[0]))
        // Nobody came, and it goes on.
        first.keepConnections()
        #expect(try first.isWhole && !second.takeConnections())
        first.giveUpConnections()
        #expect(try second.takeConnections())

        first.giveUpTenants(but: [tenants[1]])
        #expect(second.take(tenants[0]) && !second.has(tenants[1]) && first.has(tenants[1]))
        // It keeps of them what it has.
        second.giveUpConnections()
        second.giveUpTenants(but: Set(tenants))
        #expect(second.has(tenants[0]) && !second.has(tenants[1]))
        first.giveUp(tenants[1])
        #expect(third.take(tenants[1]) && !third.take(tenants[0]))
    }

    @Test func whatAGatewayHadIsFreeWhenItHasEnded() throws {
        let folder = "/tmp/camet-\(UInt32.random(in: .min ... .max))"
        try ListeningSocket.makeFolder(folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var first: TenantClaims? = try claims(folder)
        let second = try claims(folder)
        #expect(try first?.takeAll() == true)
        #expect(!second.take(TenantID(7)))
        first = nil
        #expect(second.take(TenantID(7)))
    }

    /// Counts how often the socket is asked for connections.
    private final class Reads: ChannelOutboundHandler {
        typealias OutboundIn = Never
        var count = 0

        func read(context: ChannelHandlerContext) {
            count += 1
        }
    }

    @Test func nothingIsAcceptedWhileTooManyAreOpen() throws {
        let reads = Reads()
        let channel = EmbeddedChannel(handlers: [reads, AcceptLimit(most: 1)])
        channel.read()
        #expect(reads.count == 1)
        let client = EmbeddedChannel(loop: channel.embeddedEventLoop)
        try channel.writeInbound(client as any Channel)
        channel.read()
        #expect(reads.count == 1)
        _ = try client.finish()
        channel.embeddedEventLoop.run()
        #expect(reads.count == 2)
        channel.read()
        #expect(reads.count == 3)
    }
}
