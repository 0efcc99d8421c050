import Shared

extension DashboardPage {
    /// A page whose filters offer what the plants have.
    init(
        view: DashboardView, bar: PersonBar, choices: DashboardChoices, units: UnitChoices? = nil,
        layout: DashboardLayout? = nil
    ) {
        self.init(
            view: view,
            bar: bar,
            plants: choices.plants.map { Plant(id: PlantID($0.plantId), name: $0.plantName) },
            lines: choices.lines.map {
                Line(id: LineID($0.lineId), plant: PlantID($0.plantId), code: $0.lineCode, name: $0.lineName)
            },
            lineGroups: choices.lineGroups.map {
                LineGroup(id: LineGroupID($0.lineGroupId), name: $0.groupName, plants: choices.plants(of: $0))
            },
            shifts: choices.shifts.map {
                Shift(id: ShiftID($0.shiftId), plant: $0.plantId.map { PlantID($0) }, name: $0.shiftName)
            },
            areas: (units?.areas ?? []).map {
                Area(id: AreaID($0.areaId), line: LineID($0.lineId), name: $0.areaName, isActive: $0.isActive)
            },
            products: (units?.products ?? []).map {
                Product(
                    id: ProductID($0.productId), code: $0.productCode, name: $0.productName, color: $0.color,
                    isActive: $0.isActive)
            },
            filters: Set(layout?.filters ?? FilterKind.allCases),
            layout: layout
        )
    }
}
