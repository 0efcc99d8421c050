import ManufacturingKPI
import Shared

/// Seconds as microseconds.
func seconds(_ value: Int64) -> Int64 { value * 1_000_000 }

/// An instant so many seconds after 2026-03-04T00:00:00Z, a Wednesday.
func at(_ offset: Int64) -> Instant { Instant(seconds: 1_772_582_400 + offset) }

/// The same by hour, minute and second; hours may exceed a day or be negative.
func clock(_ hour: Int64, _ minute: Int64 = 0, _ second: Int64 = 0) -> Instant {
    at(hour * 3_600 + minute * 60 + second)
}

func span(_ start: Instant, _ end: Instant) -> Interval { Interval(start: start, end: end) }

/// A small generator whose sequence a seed repeats.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = (seed &* 0xD134_2543_DE82_EF95) ^ (seed << 32) }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Everything the stops of a line depend on, with the defaults of the worked examples.
struct LineExample {
    var detections: [Instant] = []
    var versions: [(validFrom: Instant?, value: LineVersion)] = [
        (nil, LineVersion(ratePerMinute: nil, downtimeThreshold: seconds(300)))
    ]
    var detectsStops = true
    var commissionedAt = clock(-48)
    var decommissionedAt: Instant?
    var registered: [RegisteredStop] = []
    var removed = IntervalSet()
    var causes: [AttachedCause] = []
    var planned: [Interval] = [span(clock(-240), clock(240))]
    var period = span(clock(0), clock(24))
    var now = clock(24)
    var threshold: Int64?
    var floor = seconds(10)

    var settings: LineSettings {
        LineSettings(
            versions: EffectiveDated(versions), detectsStops: detectsStops, commissionedAt: commissionedAt,
            decommissionedAt: decommissionedAt
        )
    }

    var detection: StopDetection {
        StopDetection(
            gaps: ActivityGaps(detections: detections.map(\.microseconds).sorted(), floor: floor),
            settings: settings, registered: registered, removed: removed, span: period, now: now,
            threshold: threshold
        )
    }

    /// The line's own planned time so far.
    var ownPlanned: IntervalSet {
        let end = min(now, decommissionedAt ?? now)
        guard commissionedAt < end else { return IntervalSet() }
        return IntervalSet(union: planned).intersection(span(commissionedAt, end))
    }

    var plannedInPeriod: IntervalSet { ownPlanned.intersection(period) }

    var timeline: StopTimeline {
        let detection = detection
        return StopTimeline(detection, ownPlanned: ownPlanned.intersection(detection.reach), causes: causes)
    }

    var analysis: StopAnalysis { timeline.analysis(planned: plannedInPeriod) }
    var stops: [Stop] { timeline.stops(planned: plannedInPeriod) }
}
