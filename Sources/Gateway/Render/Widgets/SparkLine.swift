/// A small line of a figure's course, as the path of an SVG of 120 × 32 units.
struct SparkLine {
    let line: String
    let area: String

    /// - Returns: nil with fewer than two known values. Unknown ones break the line.
    init?(_ values: [Double?]) {
        let known = values.compactMap { $0 }
        guard known.count > 1, let low = known.min(), let high = known.max() else { return nil }
        let span = high - low
        let step = 120 / Double(values.count - 1)
        var line = ""
        var area = ""
        var run: [(x: Double, y: Double)] = []
        func close() {
            guard let first = run.first, let last = run.last else { return }
            let points = run.map { "\(Self.short($0.x)) \(Self.short($0.y))" }.joined(separator: "L")
            line += "M\(points)"
            area += "M\(Self.short(first.x)) 32L\(points)L\(Self.short(last.x)) 32Z"
            run = []
        }
        for (index, value) in values.enumerated() {
            guard let value else {
                close()
                continue
            }
            run.append((Double(index) * step, span > 0 ? 30 - (value - low) / span * 28 : 16))
        }
        close()
        self.line = line
        self.area = area
    }

    private static func short(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths.isMultiple(of: 10) ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }
}
