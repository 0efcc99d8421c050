import Shared
import Testing

@Suite struct MinuteAllowanceTests {
    private let second: Int64 = 1_000_000
    private let start: Int64 = 1_000_000_000_000

    /// How many single ones are given at an instant before the first is refused; at most 10 000.
    private func burst(_ allowance: inout MinuteAllowance, of perMinute: Int, at now: Int64) -> Int {
        var given = 0
        while given < 10_000, allowance.take(1, of: perMinute, at: now) == 0 { given += 1 }
        return given
    }

    @Test func aMinutesWorthIsGivenAtOnceAndComesBackEvenly() {
        var allowance = MinuteAllowance()
        #expect(burst(&allowance, of: 600, at: start) == 600)
        #expect(allowance.take(1, of: 600, at: start) == 100_000)
        #expect(burst(&allowance, of: 600, at: start + second) == 10)
        #expect(burst(&allowance, of: 600, at: start + 61 * second) == 600)
    }

    @Test func manyAreTakenWholeOrNotAtAll() {
        var allowance = MinuteAllowance()
        #expect(allowance.take(70, of: 100, at: start) == 0)
        let wait = allowance.take(40, of: 100, at: start)
        #expect(wait == 6 * second)
        #expect(allowance.take(30, of: 100, at: start) == 0)
        #expect(allowance.take(10, of: 100, at: start + 6 * second) == 0)
    }

    @Test func moreThanAMinutesWorthIsGivenToWhoHasUsedNothing() {
        var allowance = MinuteAllowance()
        #expect(allowance.take(250, of: 100, at: start) == 0)
        #expect(allowance.take(1, of: 100, at: start + 60 * second) > 0)
        #expect(allowance.take(1, of: 100, at: start + 91 * second) == 0)
        #expect(allowance.take(250, of: 100, at: start + 91 * second) > 0)
    }

    @Test func whatIsGivenBackCanBeTakenAgain() {
        var allowance = MinuteAllowance()
        #expect(allowance.take(100, of: 100, at: start) == 0)
        #expect(allowance.take(100, of: 100, at: start) > 0)
        allowance.giveBack(100, of: 100)
        #expect(allowance.take(100, of: 100, at: start) == 0)
    }

    @Test func anHourLaterThereIsOneMinutesWorthAndNotSixty() {
        var allowance = MinuteAllowance()
        #expect(burst(&allowance, of: 600, at: start) == 600)
        #expect(burst(&allowance, of: 600, at: start + 3_600 * second) == 600)
        #expect(allowance.recovery(at: start + 3_600 * second) == 60 * second)
        #expect(allowance.recovery(at: start + 3_661 * second) == 0)
    }

    @Test func tellsWhatIsLeftAndWhenAllOfItIsThereAgain() {
        var allowance = MinuteAllowance()
        #expect(allowance.left(of: 600, at: start) == 600 && allowance.recovery(at: start) == 0)
        #expect(allowance.take(150, of: 600, at: start) == 0)
        #expect(allowance.left(of: 600, at: start) == 450 && allowance.recovery(at: start) == 15 * second)
        #expect(allowance.left(of: 600, at: start + 5 * second) == 500)
        #expect(allowance.wait(for: 501, of: 600, at: start + 5 * second) == 100_000)
        #expect(allowance.wait(for: 500, of: 600, at: start + 5 * second) == 0)
        #expect(allowance.take(600, of: 600, at: start + 15 * second) == 0)
        #expect(allowance.left(of: 600, at: start + 15 * second) == 0)
    }

    @Test func theGreatestRatesAreKept() {
        var allowance = MinuteAllowance()
        #expect(allowance.take(1_000_000_000, of: 1_000_000_000, at: start) == 0)
        #expect(allowance.take(1_000_000, of: 1_000_000_000, at: start) == 60_000)
    }
}
