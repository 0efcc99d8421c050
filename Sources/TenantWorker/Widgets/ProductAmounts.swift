import ManufacturingKPI
import Shared

/// Units and weight made in a period by product, over all lines, as areas and products are filtered.
struct ProductAmounts {
    struct Item {
        let product: ProductID
        var units = 0
        /// Those of `units` in planned time.
        var unitsInPlan = 0
        var weightGrams: Int64 = 0
    }

    /// The most units first, of equal ones the smaller id; none without units.
    let items: [Item]
    let units: Int
    /// Those of `units` in planned time.
    let unitsInPlan: Int
    let weightGrams: Int64
    /// Units of the products that count which entered dual lines in planned time, and which left them: scrap is of both ends,
    /// whatever areas count.
    let dualProduced: Int
    let dualGood: Int

    init(_ questions: [LineQuestion], _ selection: UnitSelection) throws {
        var items: [Item] = []
        var unitsInPlan = 0
        var entered = 0
        var left = 0
        for question in questions {
            let facts = question.facts
            for figures in try facts.products(over: question.time, where: selection.includes) where figures.units > 0 {
                unitsInPlan += figures.unitsInPlan
                if let known = items.firstIndex(where: { $0.product == figures.product }) {
                    items[known].units += figures.units
                    items[known].unitsInPlan += figures.unitsInPlan
                    items[known].weightGrams += figures.weightGrams
                } else {
                    items.append(
                        Item(
                            product: figures.product, units: figures.units, unitsInPlan: figures.unitsInPlan,
                            weightGrams: figures.weightGrams))
                }
            }
            guard facts.isDual else { continue }
            entered += try facts.counts.detections(in: question.time.counted) {
                $0.areaType == .input && selection.includes(product: $0.product)
            }
            left += try facts.counts.detections(in: question.time.counted) {
                $0.areaType == .output && selection.includes(product: $0.product)
            }
        }
        self.items = items.sorted { ($1.units, $0.product) < ($0.units, $1.product) }
        units = items.reduce(0) { $0 + $1.units }
        weightGrams = items.reduce(0) { $0 + $1.weightGrams }
        self.unitsInPlan = unitsInPlan
        dualProduced = entered
        dualGood = left
    }

    var scrap: Int { max(0, dualProduced - dualGood) }

    /// Writes number, code, name and colour of a product into the object that is open.
    static func write(_ id: ProductID, _ model: PlantModel, to json: inout JSONWriter) {
        let product = model.product(id)
        json.field("product_id", id.rawValue)
        json.field("product_code", product?.code)
        json.field("name", product?.name)
        json.field("color", product?.color)
    }

    /// Writes an item's amounts and its parts of the total into the object that is open.
    func write(_ item: Item, to json: inout JSONWriter) {
        json.field("units", item.units)
        json.field("share", units > 0 ? Double(item.units) / Double(units) : nil)
        json.field("weight_kg", Double(item.weightGrams) / 1_000)
        json.field("weight_share", weightGrams > 0 ? Double(item.weightGrams) / Double(weightGrams) : nil)
    }
}

extension UnitSelection {
    func includes(product: ProductID) -> Bool {
        products.map { $0.contains(product) } ?? true
    }
}
