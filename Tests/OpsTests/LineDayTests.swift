import Shared
import Testing

@testable import OpsCLI

struct LineDayTests {
    private let wednesday = "2026-03-04"

    @Test func theSameDayIsTheSameEveryTime() throws {
        let date = try SimulationLines.date(wednesday)
        let line = SimulationLines.line()
        let first = LineDay.detections(of: line, on: date)
        #expect(first == LineDay.detections(of: line, on: date))
        #expect(first != LineDay.detections(of: line, on: date + 1))
        #expect(first.map(\.at) != LineDay.detections(of: SimulationLines.line(code: "L2"), on: date).map(\.at))
    }

    @Test func eventsHaveNamesOfTheirOwnAndTimeGoesOn() throws {
        for offset in 0..<28 {
            let date = try SimulationLines.date(wednesday) + offset
            let day = LineDay.detections(of: SimulationLines.line(), on: date)
            #expect(Set(day.map(\.eventID)).count == day.count, "\(date)")
            #expect(zip(day, day.dropFirst()).allSatisfy { $0.at <= $1.at + 10_000 }, "\(date)")
            #expect(day.allSatisfy { $0.eventID.utf8.count <= 200 })
        }
    }

    @Test func nothingIsMadeOutsideTheShifts() throws {
        let line = SimulationLines.line()
        for offset in 0..<21 {
            let date = try SimulationLines.date("2026-03-02") + offset
            let start = line.zone.start(of: date)
            let work = line.calendar.work(in: Interval(start: start, end: start + 2 * 86_400_000_000))
            let day = LineDay.detections(of: line, on: date)
            #expect(day.allSatisfy { work.contains($0.at) }, "\(date)")
            #expect(day.isEmpty == (date.weekday == 7), "\(date)")
        }
    }

    @Test func oneToThreePercentAreLostOnTheWay() throws {
        let line = SimulationLines.line()
        var input = 0
        var output = 0
        for offset in 0..<14 {
            let day = LineDay.detections(of: line, on: try SimulationLines.date("2026-03-02") + offset)
            input += day.count { $0.area == 1 }
            output += day.count { $0.area == 2 }
        }
        #expect(input > 50_000)
        #expect((0.965...0.992).contains(Double(output) / Double(input)))
    }

    @Test func aLineWithoutInputHasOnlyOutput() throws {
        let day = LineDay.detections(of: SimulationLines.line(input: nil), on: try SimulationLines.date(wednesday))
        #expect(!day.isEmpty && day.allSatisfy { $0.area == 2 })
    }

    @Test func nothingIsMadeBeforeTheLineIsCommissioned() throws {
        let date = try SimulationLines.date(wednesday)
        let noon = SimulationLines.utc.start(of: date) + 12 * 3_600_000_000
        let line = SimulationLines.line(commissioned: Interval(start: noon, end: .last))
        let day = LineDay.detections(of: line, on: date)
        #expect(!day.isEmpty && day.allSatisfy { $0.at >= noon })
    }

    /// Availability, performance and OEE as the product counts them, over four weeks of several lines.
    @Test(arguments: ["L1", "L2", "ENV-3", "PAL"])
    func overallEffectivenessIsThatOfARealLine(code: String) throws {
        let line = SimulationLines.line(code: code)
        let first = try SimulationLines.date("2026-03-02")
        let period = Interval(start: line.zone.start(of: first), end: line.zone.start(of: first + 28))
        let planned = line.calendar.work(in: period)
        var ideal = 0.0
        var good = 0
        var made = 0
        var stops = IntervalSet()
        var micro = 0
        var last = period.start
        for offset in 0..<28 {
            for detection in LineDay.detections(of: line, on: first + offset) {
                if detection.area == 1 {
                    made += 1
                    ideal += 60e6 / (detection.product == 3 ? 12 : 15)
                } else {
                    good += 1
                }
                if detection.at - last > 60_000_000 {
                    let stop = Interval(start: last, end: detection.at)
                    stops = stops.union(IntervalSet(stop))
                    if planned.length(within: stop) <= 300_000_000 { micro += 1 }
                }
                last = max(last, detection.at)
            }
        }
        let busy = Double(planned.length)
        let running = busy - Double(stops.intersection(planned).length)
        let availability = running / busy
        let performance = ideal / running
        let quality = Double(good) / Double(made)
        let oee = availability * performance * quality
        #expect((0.65...0.9).contains(availability), "A \(availability)")
        #expect((0.8...1).contains(performance), "P \(performance)")
        #expect((0.55...0.85).contains(oee), "OEE \(oee)")
        #expect(micro > 28 * 20, "micro-stops \(micro)")
    }

    @Test func ordersFillTheWeekAndChangeoversTakeTenToThirtyFiveMinutes() throws {
        let monday = try SimulationLines.date("2026-03-02")
        let plan = SimulationLines.line().orders(around: monday + 3)
        #expect(plan.orders.first?.start == SimulationLines.utc.start(of: monday))
        #expect(plan.orders.last?.end == SimulationLines.utc.start(of: monday + 7))
        for (order, next) in zip(plan.orders, plan.orders.dropFirst()) {
            #expect(order.end == next.start)
            #expect((7_200_000_000...36_000_000_000).contains(order.end - order.start))
            let changeover = next.ready - next.start
            let isChange = order.product != next.product
            #expect(isChange ? changeover <= 2_100_000_000 : changeover == 0)
            #expect(!isChange || changeover >= 600_000_000 || next.ready == next.end)
        }
    }
}
