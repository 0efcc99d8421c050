import ManufacturingKPI
import Shared

extension PlantModel {
    /// What a principal may know of: the model itself, or, for one limited to some plants, a model in which the others
    /// do not exist.
    ///
    /// Lists of lines hold only his. A shift is his when no version of it is another plant's and one may concern a line
    /// of his; a group or failure of certain lines is when one of them is.
    func visible(to principal: Principal) -> PlantModel {
        guard let plants = principal.plants else { return self }
        let lines = lines(visibleTo: principal)
        let ownLines = Set(lines.map(\.id))
        let failures = failures.compactMap { $0.limited(to: ownLines) }
        let ownFailures = Set(failures.map(\.id))
        return PlantModel(
            plants: self.plants.filter { plants.contains($0.id) },
            lines: lines,
            areas: areas.filter { ownLines.contains($0.line) },
            products: products,
            idealRates: idealRates.filter { ownLines.contains($0.line) },
            shifts: shifts.compactMap { $0.limited(to: plants, ownLines) },
            exceptions: exceptions.filter { plants.contains($0.calendar.plant) },
            failures: failures,
            incidents: incidents.filter { ownFailures.contains($0.failure) },
            lineGroups: lineGroups.compactMap { $0.limited(to: ownLines) },
            layouts: layouts,
            settings: settings
        )
    }

    /// Whether an object is a matter of plants a principal limited to some does not see, so that he may not change it.
    func reachesBeyond(_ principal: Principal, _ resource: MasterDataResource, _ id: Int64) -> Bool {
        guard principal.plants != nil else { return false }
        let ownLines = Set(lines(visibleTo: principal).map(\.id))
        switch resource {
        case .plants, .productionLines, .areas, .products, .idealRates, .calendarExceptions, .incidents:
            return false
        case .shifts:
            let shift = shifts.first { $0.id.rawValue == id }
            return shift?.definition.versions.contains { $0.plant == nil } ?? false
        case .failures:
            let failure = failures.first { $0.id.rawValue == id }
            return !(failure?.lines ?? []).allSatisfy(ownLines.contains)
        case .lineGroups:
            let group = lineGroups.first { $0.id.rawValue == id }
            return !(group?.lines ?? []).allSatisfy(ownLines.contains)
        case .layouts:
            return true
        }
    }
}

extension Shift {
    fileprivate func limited(to plants: [PlantID], _ lines: Set<LineID>) -> Shift? {
        let versions = definition.versions
        guard versions.allSatisfy({ version in version.plant.map(plants.contains) ?? true }) else { return nil }
        guard versions.contains(where: { version in version.lines.map { !$0.isDisjoint(with: lines) } ?? true }) else {
            return nil
        }
        let limited = versions.map { version in
            ShiftVersion(
                validFrom: version.validFrom,
                plant: version.plant,
                lines: version.lines?.intersection(lines),
                days: version.days,
                start: version.start,
                end: version.end,
                breaks: version.breaks,
                isActive: version.isActive
            )
        }
        return Shift(id: id, names: names, definition: ShiftDefinition(id: id, versions: limited))
    }
}

extension Failure {
    fileprivate func limited(to lines: Set<LineID>) -> Failure? {
        guard let all = self.lines else { return self }
        var limited = self
        limited.lines = all.filter(lines.contains)
        return limited.lines == [] ? nil : limited
    }
}

extension LineGroup {
    fileprivate func limited(to lines: Set<LineID>) -> LineGroup? {
        var limited = self
        limited.lines = self.lines.filter(lines.contains)
        return limited.lines.isEmpty ? nil : limited
    }
}
