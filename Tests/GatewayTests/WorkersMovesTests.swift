import NIOCore
import Shared
import Testing

@testable import Gateway

/// Two gateways on one run folder, of which one gives its tenants up to the other.
@Suite(.serialized) struct WorkersMovesTests {
    private struct Gateways {
        let old: WorkersFixture
        let new: WorkersFixture
    }

    private func run(
        adjust: @escaping (inout WorkerSupervisorSettings) -> Void = { _ in },
        _ body: @Sendable @escaping (Gateways) async throws -> Void
    ) async throws {
        // swift-format-ignore: OnlyOneTrailingClosureArgument
        try await WorkersFixture.run(
            isClaiming: true, adjust: adjust,
            { old in
                // As with the sockets.
                old.supervisor.claims?.giveUpConnections()
                try await WorkersFixture.run(
                    data: old.data,
                    isClaiming: true,
                    adjust: { settings in
                        settings.firstGeneration += 1_000
                        settings.longestWait = .seconds(1)
                    },
                    { new in try await body(Gateways(old: old, new: new)) }
                )
            })
    }

    @Test func aTenantMovesWhenItsLastAnswerHasLeftAndNobodyElseWaitsForIt() async throws {
        try await run { gateways in
            let (old, new) = (gateways.old, gateways.new)
            let slow = try await old.list(tenant: 1)
            let quick = try await old.list(tenant: 2)
            old.block("r")
            var place: RequestsUnderWay.Place? = old.supervisor.underWay.begin()
            place?.belongs(to: TenantID(1))
            async let read = old.read("r")
            #expect(await old.hasBegun("r"))

            async let waiting = new.list(tenant: 1)
            // Longer than a request waits for a worker.
            let early = await fault { try await new.list(tenant: 2, seconds: 2) }
            #expect(early == Fault(code: .workerDraining, retryAfterSeconds: 1))
            old.supervisor.giveUpTenants()
            let next = try await new.list(tenant: 2)
            #expect(next.generation > quick.generation && next.processID != quick.processID)
            #expect(!isAlive(quick.processID))
            #expect(try await new.list(tenant: 3).generation > quick.generation)
            #expect(isAlive(slow.processID))
            let state = try await new.row().state
            #expect(state == .moving)

            old.unblock("r")
            #expect(try await read == slow)
            // Its answer is on its way.
            #expect(isAlive(slow.processID))
            place = nil
            let moved = try await waiting
            #expect(moved.generation > slow.generation && !isAlive(slow.processID))
            #expect(await eventually { new.supervisor.claims?.isWhole == true })
        }
    }

    @Test func aRequestThatComesTooLateIsRefusedForAMoment() async throws {
        try await run { gateways in
            _ = try await gateways.old.list()
            gateways.old.supervisor.giveUpTenants()
            _ = try await gateways.new.list()
            let refused = Fault(code: .workerDraining, retryAfterSeconds: 1)
            for tenant: Int64 in [1, 2] {
                #expect(await fault { try await gateways.old.list(tenant: tenant) } == refused)
            }
            // The control: the next gateway serves both.
            _ = try await gateways.new.list(tenant: 2)
        }
    }

    /// An operator drains it meanwhile; when he wants it back nobody looks for what moves any more.
    @Test func aTenantThatIsHeldWhileItMovesIsServedAfterwards() async throws {
        try await run { gateways in
            let (old, new) = (gateways.old, gateways.new)
            let first = try await old.list()
            #expect(await fault { try await new.list(seconds: 1) }?.code == .workerDraining)
            new.supervisor.drain(TenantID(1))
            old.supervisor.giveUpTenants()
            #expect(await eventually { new.supervisor.claims?.isWhole == true })
            let held = await fault { try await new.list() }
            #expect(held == Fault(code: .workerDraining, retryAfterSeconds: 5))
            #expect(await eventually { !new.supervisor.isElsewhere(TenantID(1)) })
            #expect(new.supervisor.restart(TenantID(1)))
            #expect(try await new.list().generation > first.generation)
        }
    }

    /// By that scheduled work waits for no tenant that moves.
    @Test func itIsKnownWhichTenantsAreElsewhere() async throws {
        try await run { gateways in
            let (old, new) = (gateways.old, gateways.new)
            _ = try await old.list()
            #expect(!old.supervisor.isElsewhere(TenantID(1)) && new.supervisor.isElsewhere(TenantID(1)))
            old.supervisor.giveUpTenants()
            #expect(await eventually { !new.supervisor.isElsewhere(TenantID(1)) })
            #expect(old.supervisor.isElsewhere(TenantID(1)))
        }
    }

    @Test func whoIsCancelledWaitsForNoOwners() async throws {
        let requests = RequestsUnderWay()
        let place = requests.begin()
        // Where there is much else to do one may take long.
        var quickest = Duration.seconds(1)
        for _ in 0..<5 where quickest >= .milliseconds(700) {
            let waiting = Task { await requests.waitForOwners() }
            waiting.cancel()
            let took = await ContinuousClock().measure { await waiting.value }
            quickest = min(quickest, took)
        }
        #expect(quickest < .milliseconds(700))
        // The control: without that it takes a second.
        #expect(await ContinuousClock().measure { await requests.waitForOwners() } >= .seconds(1))
        withExtendedLifetime(place) {}
    }

    @Test func whatHangsMovesWhenItsTimeIsOver() async throws {
        // swift-format-ignore: OnlyOneTrailingClosureArgument
        try await run(
            adjust: { settings in
                settings.longestMove = .milliseconds(300)
                settings.lifecycle.beatInterval = .seconds(60)
            },
            { gateways in
                let first = try await gateways.old.list()
                let place = gateways.old.supervisor.underWay.begin()
                place.belongs(to: TenantID(1))
                gateways.old.supervisor.giveUpTenants()
                let next = try await gateways.new.list()
                #expect(next.generation > first.generation && !isAlive(first.processID))
                withExtendedLifetime(place) {}
            }
        )
    }
}
