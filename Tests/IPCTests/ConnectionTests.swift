import Glibc
import NIOCore
import NIOPosix
import Shared
import Synchronization
import Testing

@testable import IPC

@Suite struct ConnectionTests {
    private static let long = ByteBuffer(bytes: (0..<(3 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) })

    @Test func answersAtOnceAndLater() async throws {
        let responder = TestResponder(
            atOnce: { $0.head.requestID == "now" ? .whole(ReplyHead(status: 201), ByteBuffer(string: "now")) : nil },
            later: { .whole(ReplyHead(), ByteBuffer(string: $0.head.requestID)) }
        )
        try await IPCFixture.run(responder: responder) { fixture in
            let connection = try await fixture.connect()
            let now = try await connection.ask("now")
            #expect(now.head.status == 201)
            let bytes = try await now.collect()
            #expect(String(buffer: bytes) == "now")
            try await withThrowingTaskGroup(of: Bool.self) { tasks in
                for number in 0..<50 {
                    tasks.addTask {
                        let reply = try await connection.ask("n\(number)")
                        return String(buffer: try await reply.collect()) == "n\(number)"
                    }
                }
                for try await isOwn in tasks { #expect(isOwn) }
            }
            let pulse = try await connection.ping()
            #expect(pulse == WorkerPulse(received: 51, openStreams: 0))
        }
    }

    @Test func longBodiesGoBothWays() async throws {
        try await IPCFixture.run { fixture in
            let connection = try await fixture.connect()
            try await withThrowingTaskGroup(of: Bool.self) { tasks in
                for _ in 0..<4 {
                    tasks.addTask { try await connection.ask(body: Self.long).collect() == Self.long }
                }
                for try await isSame in tasks { #expect(isSame) }
            }
            let tooLong = ByteBuffer(repeating: 1, count: (4 << 20) + 1)
            #expect(
                await failure { () async throws(CallFailure) in try await connection.ask(body: tooLong) }
                    == .fault(Fault(code: .bodyTooLarge)))
            let reply = try await connection.ask()
            #expect(reply.head.status == 200)
        }
    }

    @Test func aSlowReaderSlowsItsWriterAndNobodyElse() async throws {
        let written = Atomic<Int>(0)
        let responder = TestResponder(
            atOnce: { $0.head.requestID == "other" ? .whole(ReplyHead(), ByteBuffer()) : nil },
            later: { _ in
                .streaming(ReplyHead(content: .eventStream)) { writer in
                    for _ in 0..<400 {
                        try await writer.write(ByteBuffer(repeating: 65, count: 16 * 1024))
                        written.wrappingAdd(16 * 1024, ordering: .relaxed)
                    }
                }
            }
        )
        try await IPCFixture.run(responder: responder) { fixture in
            let connection = try await fixture.connect()
            let reply = try await connection.ask()
            // It goes on as far as credit does: what it was given at first, and what the reader's buffer takes.
            #expect(await eventually { written.load(ordering: .relaxed) >= OutgoingBody.initialCredit })
            for _ in 0..<100 { _ = try await connection.ask("other") }
            #expect(written.load(ordering: .relaxed) <= 3 * OutgoingBody.initialCredit)
            let all = try await reply.collect()
            #expect(all.readableBytes == 400 * 16 * 1024)
        }
    }

    @Test func aStreamArrivesBitByBit() async throws {
        let gate = Gate()
        let responder = TestResponder(later: { _ in
            .streaming(ReplyHead(content: .eventStream)) { writer in
                try await writer.write(ByteBuffer(string: "first"))
                await gate.pass()
                try await writer.write(ByteBuffer(string: "second"))
            }
        })
        try await IPCFixture.run(responder: responder) { fixture in
            let reply = try await fixture.connect().ask()
            guard case .arriving(let parts) = reply.body else {
                Issue.record("not a stream")
                return
            }
            let iterator = parts.makeAsyncIterator()
            let first = try await iterator.next()
            #expect(first == ByteBuffer(string: "first"))
            gate.open()
            let second = try await iterator.next()
            #expect(second == ByteBuffer(string: "second"))
            let end = try await iterator.next()
            #expect(end == nil)
        }
    }

    @Test func leavingAStreamEndsItsWriter() async throws {
        let begun = Gate()
        let ended = Gate()
        let responder = TestResponder(later: { _ in
            .streaming(ReplyHead()) { writer in
                defer { ended.open() }
                while true {
                    try await writer.write(ByteBuffer(string: "tick"))
                    begun.open()
                }
            }
        })
        try await IPCFixture.run(responder: responder) { fixture in
            let connection = try await fixture.connect()
            do {
                let reply = try await connection.ask()
                guard case .arriving(let parts) = reply.body else { return }
                for try await _ in parts { break }
            }
            #expect(await eventually { ended.isOpen })
            let pulse = try await connection.ping()
            #expect(pulse.openStreams == 0)
        }
    }

    @Test func aWriterThatIsCancelledWaitsForNobody() async throws {
        let ended = Gate()
        let responder = TestResponder(later: { _ in
            .streaming(ReplyHead()) { writer in
                // More than the reader is given credit for, so that it waits for ever.
                let writing = Task { try await writer.write(ByteBuffer(repeating: 65, count: 64 << 20)) }
                writing.cancel()
                defer { ended.open() }
                try await writing.value
            }
        })
        try await IPCFixture.run(responder: responder) { fixture in
            let connection = try await fixture.connect()
            let reply = try await connection.ask()
            #expect(await eventually { ended.isOpen })
            // Nobody takes what came of it for the whole.
            await #expect(throws: (any Error).self) { try await reply.collect() }
            let pulse = try await connection.ping()
            #expect(pulse.openStreams == 0)
        }
    }

    @Test func cancellationReachesTheWorker() async throws {
        let begun = Gate()
        let seen = Gate()
        let responder = TestResponder(later: { _ in
            begun.open()
            await Gate().pass()
            if Task.isCancelled { seen.open() }
            return .whole(ReplyHead(), ByteBuffer())
        })
        try await IPCFixture.run(responder: responder) { fixture in
            let connection = try await fixture.connect()
            let task = Task { await failure { () async throws(CallFailure) in try await connection.ask() } }
            await begun.pass()
            task.cancel()
            #expect(await task.value == .cancelled)
            #expect(await eventually { seen.isOpen })
        }
    }

    @Test func aTaskCancelledBeforeItAsksIsNotSent() async throws {
        try await IPCFixture.run { fixture in
            let connection = try await fixture.connect()
            for _ in 0..<50 {
                let gate = Gate()
                let task = Task {
                    await gate.pass()
                    return await failure { () async throws(CallFailure) in try await connection.ask() }
                }
                task.cancel()
                #expect(await task.value == .cancelled)
            }
            #expect(fixture.counter.received == 0)
        }
    }

    @Test func deadlinesEndOnBothSides() async throws {
        let seen = Gate()
        let responder = TestResponder(later: { request in
            await Gate().pass()
            if Task.isCancelled, request.deadline < .now + .seconds(1) { seen.open() }
            return .whole(ReplyHead(), ByteBuffer())
        })
        try await IPCFixture.run(responder: responder) { fixture in
            let connection = try await fixture.connect()
            let late = await failure { () async throws(CallFailure) in
                try await connection.send(
                    ReadMasterData(resource: .plants, id: 1),
                    principal: IPCFixture.principal,
                    requestID: "a",
                    deadline: .now() + .seconds(1)
                )
            }
            #expect(late == .deadlineExceeded)
            #expect(await eventually { seen.isOpen })
            #expect(
                await failure { () async throws(CallFailure) in try await connection.ask(seconds: 0) }
                    == .deadlineExceeded)
        }
    }

    @Test func strangersAreRefused() async throws {
        try await IPCFixture.run { fixture in
            _ = try await fixture.connect()
            let strangers = [
                WorkerConnectionSettings(nonce: [1, 2, 3, 5], generation: 5),
                WorkerConnectionSettings(nonce: [], generation: 5),
                WorkerConnectionSettings(nonce: IPCFixture.nonce, generation: 4),
            ]
            for settings in strangers {
                await #expect(throws: WireError.invalidValue("identity")) { try await fixture.connect(settings) }
            }
        }
        let newer = Hello(oldestVersion: 2, newestVersion: 3, nonce: IPCFixture.nonce, generation: 5, processID: 1)
        try await IPCFixture.run(hello: newer) { fixture in
            await #expect(throws: WireError.noCommonVersion(worker: 2...3, gateway: 1...1)) {
                try await fixture.connect()
            }
        }
        let wider = Hello(oldestVersion: 1, newestVersion: 3, nonce: IPCFixture.nonce, generation: 5, processID: 1)
        try await IPCFixture.run(hello: wider) { fixture in
            let pulse = try await fixture.connect().ping()
            #expect(pulse.received == 0)
        }
    }

    @Test func anotherUserIsRefused() async throws {
        try await IPCFixture.run(gatewayUserID: geteuid() + 1) { fixture in
            await #expect(throws: (any Error).self) { try await fixture.connect() }
            #expect(fixture.counter.received == 0)
        }
    }

    @Test func anotherTenantIsUnknownHere() async throws {
        try await IPCFixture.run { fixture in
            let connection = try await fixture.connect()
            let other = Principal(kind: .user(UserID(1), .admin), tenant: TenantID(8))
            #expect(
                await failure { () async throws(CallFailure) in try await connection.ask(principal: other) }
                    == .fault(Fault(code: .notFound)))
            let own = try await connection.ask()
            #expect(own.head.status == 200)
        }
    }

    @Test func tooManyAtOnceAreOverloaded() async throws {
        let gate = Gate()
        let responder = TestResponder(later: { _ in
            await gate.pass()
            return .whole(ReplyHead(), ByteBuffer())
        })
        try await IPCFixture.run(responder: responder, maximumRequests: 3) { fixture in
            let connection = try await fixture.connect()
            try await withThrowingTaskGroup(of: CallFailure?.self) { tasks in
                for _ in 0..<5 {
                    tasks.addTask { await failure { () async throws(CallFailure) in try await connection.ask() } }
                }
                var refused = 0
                for try await failure in tasks {
                    if let failure {
                        #expect(failure == .fault(Fault(code: .overloaded, retryAfterSeconds: 1)))
                        refused += 1
                    }
                    if refused == 2 { gate.open() }
                }
                #expect(refused == 2)
            }
        }
    }

    @Test func aRequestThatFitsNoFrameFailsAlone() async throws {
        try await IPCFixture.run { fixture in
            let connection = try await fixture.connect()
            let plants = (1...60_000).map { PlantID($0) }
            let wide = Principal(kind: .user(UserID(1), .admin), tenant: IPCFixture.tenant, plants: plants)
            #expect(
                await failure { () async throws(CallFailure) in try await connection.ask(principal: wide) }
                    == .fault(Fault(code: .bodyTooLarge)))
            let next = try await connection.ask()
            #expect(next.head.status == 200)
        }
    }

    @Test func aDrainLosesNothing() async throws {
        let gate = Gate()
        let begun = Gate()
        let responder = TestResponder(later: { request in
            if request.head.requestID == "slow" {
                begun.open()
                await gate.pass()
            }
            return .whole(ReplyHead(), ByteBuffer(string: request.head.requestID))
        })
        try await IPCFixture.run(responder: responder) { fixture in
            let connection = try await fixture.connect()
            async let slow = connection.ask("slow").collect()
            await begun.pass()
            async let drain: Void = fixture.server.drain(grace: .seconds(10))
            let reason = try await connection.retired.get()
            #expect(reason == .farewell)
            #expect(await failure { () async throws(CallFailure) in try await connection.ask() } == .notSent)
            gate.open()
            let bytes = try await slow
            #expect(String(buffer: bytes) == "slow")
            await drain
            try await connection.closed.get()
            await #expect(throws: (any Error).self) { try await fixture.connect() }
        }
    }

    @Test func usedUpNumbersRetireAConnection() async throws {
        try await IPCFixture.run { fixture in
            let settings = WorkerConnectionSettings(nonce: IPCFixture.nonce, generation: 5, lastStream: 3)
            let connection = try await fixture.connect(settings)
            for _ in 1...3 { _ = try await connection.ask() }
            #expect(await failure { () async throws(CallFailure) in try await connection.ask() } == .notSent)
            let reason = try await connection.retired.get()
            #expect(reason == .exhausted)
            try await connection.closed.get()
            let next = try await fixture.connect().ask()
            #expect(next.head.status == 200)
        }
    }

    @Test func bytesOfAnyKindEndAConnectionAtMost() async throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(state: seed)
        let messages = (0..<60).map { _ in
            var bytes = ByteBuffer()
            bytes.writeFrame(.welcome, stream: 0, flags: 0) { $0.writeInteger(UInt16(1)) }
            bytes.writeFrame(.request, stream: 1, flags: 1) { buffer in
                RequestHead(
                    call: .readMasterData,
                    principal: IPCFixture.principal,
                    remainingMilliseconds: 1_000,
                    requestID: "x"
                ).write(to: &buffer)
                buffer.writeLengthPrefixed { ReadMasterData(resource: .plants, id: 1).write(to: &$0) }
            }
            for _ in 0..<3 {
                let index = Int.random(in: 0..<bytes.readableBytes, using: &random)
                bytes.setInteger(UInt8.random(in: 0...255, using: &random), at: index)
            }
            return bytes
        }
        try await IPCFixture.run { fixture in
            for bytes in messages {
                let raw = try await ClientBootstrap(group: fixture.loop).connect(unixDomainSocketPath: fixture.path)
                    .get()
                try? await raw.writeAndFlush(bytes)
                try? await raw.close()
            }
            let reply = try await fixture.connect().ask()
            #expect(reply.head.status == 200, "seed \(seed)")
        }
    }
}
