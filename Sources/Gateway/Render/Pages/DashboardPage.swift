package import Shared

/// The shell of the dashboard: bar, filters, and skeletons that the tiles replace.
package struct DashboardPage: Sendable {
    package struct Plant: Sendable {
        package var id: PlantID
        package var name: String
        package init(id: PlantID, name: String) {
            self.id = id
            self.name = name
        }
    }

    package struct Line: Sendable {
        package var id: LineID
        package var plant: PlantID
        package var code: String
        package var name: String
        package init(id: LineID, plant: PlantID, code: String, name: String) {
            self.id = id
            self.plant = plant
            self.code = code
            self.name = name
        }
    }

    package struct LineGroup: Sendable {
        package var id: LineGroupID
        package var name: String
        /// Those its lines stand in.
        package var plants: Set<PlantID>
        package init(id: LineGroupID, name: String, plants: Set<PlantID>) {
            self.id = id
            self.name = name
            self.plants = plants
        }
    }

    package struct Shift: Sendable {
        package var id: ShiftID
        /// Nil: of every plant.
        package var plant: PlantID?
        package var name: String
        package init(id: ShiftID, plant: PlantID?, name: String) {
            self.id = id
            self.plant = plant
            self.name = name
        }
    }

    package struct Area: Sendable {
        package var id: AreaID
        package var line: LineID
        package var name: String
        package var isActive: Bool
        package init(id: AreaID, line: LineID, name: String, isActive: Bool = true) {
            self.id = id
            self.line = line
            self.name = name
            self.isActive = isActive
        }
    }

    package struct Product: Sendable {
        package var id: ProductID
        package var code: String
        package var name: String
        package var color: String?
        package var isActive: Bool
        package init(id: ProductID, code: String, name: String, color: String? = nil, isActive: Bool = true) {
            self.id = id
            self.code = code
            self.name = name
            self.color = color
            self.isActive = isActive
        }
    }

    package var view: DashboardView
    package var bar: PersonBar
    package var plants: [Plant]
    package var lines: [Line]
    package var lineGroups: [LineGroup]
    package var shifts: [Shift]
    /// In the order of each line.
    package var areas: [Area]
    package var products: [Product]
    /// Those the person's role sees. One that the view has a value of is shown all the same.
    package var filters: Set<FilterKind>
    /// Which tiles the person's role sees.
    package var layout: DashboardLayout

    /// The filters that the page has, in its order.
    package static let offered: [FilterKind] = [
        .dateRange, .plant, .productionLine, .shift, .area, .product, .interval, .search, .downtimeThreshold,
        .curveType,
        .showDowntime, .highlightPeaks,
    ]

    package init(
        view: DashboardView,
        bar: PersonBar,
        plants: [Plant],
        lines: [Line],
        lineGroups: [LineGroup] = [],
        shifts: [Shift],
        areas: [Area] = [],
        products: [Product] = [],
        filters: Set<FilterKind> = Set(FilterKind.allCases),
        layout: DashboardLayout? = nil
    ) {
        self.view = view
        self.bar = bar
        self.plants = plants
        self.lines = lines
        self.lineGroups = lineGroups
        self.shifts = shifts
        self.areas = areas
        self.products = products
        self.filters = filters
        self.layout = layout ?? .standard(for: bar.role)
    }
}
