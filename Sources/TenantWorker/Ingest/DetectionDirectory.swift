import Shared

/// The codes and names a camera may use, and the numbers they stand for, among the lines a principal may write to.
struct DetectionDirectory: Sendable {
    private struct LineEntry: Sendable {
        var areas: Set<AreaID> = []
        var areasByName: [ArraySlice<UInt8>: AreaID] = [:]
    }

    private var lines: [LineID: LineEntry] = [:]
    private var linesByCode: [ArraySlice<UInt8>: LineID] = [:]
    private var products: Set<ProductID> = []
    private var productsByCode: [ArraySlice<UInt8>: ProductID] = [:]

    init(model: PlantModel, principal: Principal) {
        for line in model.lines(visibleTo: principal) {
            lines[line.id] = LineEntry()
            linesByCode[Array(line.code.utf8)[...]] = line.id
        }
        var typeCounts: [LineID: [AreaType: [AreaID]]] = [:]
        for area in model.areas where lines[area.line] != nil {
            lines[area.line]?.areas.insert(area.id)
            lines[area.line]?.areasByName[Array(area.name.utf8)[...]] = area.id
            typeCounts[area.line, default: [:]][area.type, default: []].append(area.id)
        }
        // A type names an area where only one of the line has it and no area bears it as a name.
        for (line, types) in typeCounts {
            for (type, areas) in types where areas.count == 1 {
                let name = Array(type.rawValue.utf8)[...]
                if lines[line]?.areasByName[name] == nil { lines[line]?.areasByName[name] = areas[0] }
            }
        }
        for product in model.products {
            products.insert(product.id)
            productsByCode[Array(product.code.utf8)[...]] = product.id
        }
    }

    func line(_ number: Int64) -> LineID? {
        let id = LineID(number)
        return lines[id] == nil ? nil : id
    }

    func line(code: ArraySlice<UInt8>) -> LineID? { linesByCode[code] }

    func area(_ number: Int64, of line: LineID) -> AreaID? {
        let id = AreaID(number)
        return lines[line]?.areas.contains(id) ?? false ? id : nil
    }

    func area(named name: ArraySlice<UInt8>, of line: LineID) -> AreaID? { lines[line]?.areasByName[name] }

    func product(_ number: Int64) -> ProductID? {
        let id = ProductID(number)
        return products.contains(id) ? id : nil
    }

    func product(code: ArraySlice<UInt8>) -> ProductID? { productsByCode[code] }
}
