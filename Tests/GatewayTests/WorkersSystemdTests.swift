import CProcess
import Foundation
import Glibc
import Logging
import NIOCore
import Shared
import Synchronization
import Testing

@testable import Gateway

@Suite struct WorkersSystemdTests {
    private func unit(_ peer: String) -> WorkerUnit? { WorkerUnit(peer: Array(peer.utf8)) }

    @Test func aUnitIsNamedByItsTenantsNumber() {
        #expect(WorkerUnit(tenant: TenantID(12)).name == "camet-worker@12.service")
    }

    @Test func whoAsksForACredentialIsKnownByTheNameItIsBoundTo() {
        #expect(unit("\0" + "0123456789abcdef/unit/camet-worker@12.service/boot") == WorkerUnit(tenant: TenantID(12)))
        #expect(unit("\0" + "a/unit/camet-worker@9223372036854775807.service/boot")?.tenant == TenantID(.max))
    }

    @Test(arguments: [
        "", "\0", "0123456789abcdef/unit/camet-worker@12.service/boot", "\0/unit/camet-worker@12.service/boot",
        "\0zz/unit/camet-worker@12.service/boot", "\0ab/unit/camet-worker@12.service/other",
        "\0ab/unit/camet-worker@12.service", "\0ab/unit/camet-worker@12.service/boot/",
        "\0ab/units/camet-worker@12.service/boot",
        "\0ab/unit/camet-worker@.service/boot", "\0ab/unit/camet-worker@0.service/boot",
        "\0ab/unit/camet-worker@012.service/boot", "\0ab/unit/camet-worker@+12.service/boot",
        "\0ab/unit/camet-worker@-12.service/boot", "\0ab/unit/camet-worker@x.service/boot",
        "\0ab/unit/camet-worker@12.socket/boot", "\0ab/unit/xcamet-worker@12.service/boot",
        "\0ab/unit/camet-worker@9223372036854775808.service/boot", "/run/unit/camet-worker@12.service/boot",
    ])
    func everythingElseIsNoUnit(_ peer: String) {
        #expect(unit(peer) == nil)
    }

    @Test(
        arguments: [
            ("ActiveState=failed\nExecMainCode=1\nExecMainStatus=70\n", WorkerExit.code(70)),
            ("ActiveState=inactive\nExecMainCode=1\nExecMainStatus=0\n", .code(0)),
            ("ActiveState=failed\nExecMainCode=2\nExecMainStatus=9\n", .signal(9)),
            ("ActiveState=failed\nExecMainCode=3\nExecMainStatus=6\n", .signal(6)),
            // It ended well and systemd has forgotten it.
            ("ActiveState=inactive\nExecMainCode=0\nExecMainStatus=0\n", .code(0)),
            // systemd has not noticed yet.
            ("ActiveState=active\nExecMainCode=0\nExecMainStatus=0\n", nil),
            ("ActiveState=deactivating\nExecMainCode=0\nExecMainStatus=0\n", nil),
            ("Failed to connect to bus\n", nil), ("", nil),
        ] as [(String, WorkerExit?)])
    func howAWorkerEndedIsWhatSystemdSays(_ text: String, _ exit: WorkerExit?) {
        #expect(WorkerExit(unitProperties: text) == exit)
    }

    // MARK: What a worker is told

    /// What systemd reads at the path, naming the unit; nil where nobody listens.
    private func ask(_ path: String, for unit: String) throws -> String? {
        let asking = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(asking) }
        _ = camet_limit_waiting(asking, 20)
        let name = "\0" + "\(UInt64.random(in: 1 ... .max))/unit/\(unit)/boot"
        try #require(with(name) { bind(asking, $0, $1) } == 0)
        guard with(path, { connect(asking, $0, $1) }) == 0 else { return nil }
        var bytes = [UInt8](repeating: 0, count: 100)
        var told: [UInt8] = []
        // To the end, as systemd does: then it is known too that it was taken.
        while case let count = recv(asking, &bytes, bytes.count, 0), count > 0 { told += bytes.prefix(count) }
        return String(decoding: told, as: UTF8.self)
    }

    /// The address that is a path, or in the abstract namespace.
    private func with(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let length = MemoryLayout<sa_family_t>.size + path.utf8.count
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(length)) }
        }
    }

    @Test(.enabled(if: geteuid() == 0, "root alone is told"))
    func eachWorkerThatIsBeingStartedIsToldOnceAtASocketOfItsOwn() throws {
        let folder = "/tmp/camet-\(UInt32.random(in: .min ... .max))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        // As two gateways that follow one another have it: the folder is of both, and each starts workers of its own tenants.
        let credentials = [
            try BootCredentials(folder: folder, logger: logger), try BootCredentials(folder: folder, logger: logger),
        ]
        let taken = Mutex<[Int64]>([])
        let starts = try zip(credentials, [12, 13] as [Int64]).map { credentials, number in
            let unit = WorkerUnit(tenant: TenantID(number))
            return try credentials.offer(ByteBuffer(string: "record \(number)"), to: unit) {
                taken.withLock { $0.append(number) }
            }
        }
        let (twelfth, thirteenth) = ("\(folder)/12.sock", "\(folder)/13.sock")
        // The name of another unit gets nothing, and the right one does after it.
        #expect(try ask(twelfth, for: "camet-worker@13.service") == "")
        #expect(try ask(twelfth, for: "camet-worker@12.service") == "record 12")
        #expect(try ask(twelfth, for: "camet-worker@12.service") == nil)
        #expect(camet_exists(twelfth) == 0 && camet_exists(thirteenth) == 1)
        credentials[1].withdraw(starts[1])
        #expect(try ask(thirteenth, for: "camet-worker@13.service") == nil)
        #expect(camet_exists(thirteenth) == 0)
        // The next start of the same worker, and one whose gateway was killed in the middle of it.
        let unit = WorkerUnit(tenant: TenantID(13))
        _ = try credentials[0].offer(ByteBuffer(string: "left"), to: unit) {}
        _ = try credentials[1].offer(ByteBuffer(string: "again"), to: unit) { taken.withLock { $0.append(13) } }
        // One that is over takes nothing away from it.
        credentials[1].withdraw(starts[1])
        #expect(try ask(thirteenth, for: "camet-worker@13.service") == "again")
        #expect(taken.withLock { $0 } == [12, 13])
    }
}
