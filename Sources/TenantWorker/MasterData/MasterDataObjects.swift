import Shared

extension PlantModel {
    /// Walks the objects of a resource by id until `body` says that it wants no more.
    ///
    /// - Returns: whether it walked to the end.
    @discardableResult
    func forEach(
        _ resource: MasterDataResource,
        _ body: (_ id: Int64, _ write: (MasterDataJSON, inout JSONWriter) -> Void) -> Bool
    ) -> Bool {
        func walk<Item>(
            _ items: [Item],
            _ id: (Item) -> Int64,
            _ write: @escaping (MasterDataJSON, Item, inout JSONWriter) -> Void
        ) -> Bool {
            items.allSatisfy { item in
                body(id(item)) { encoder, json in write(encoder, item, &json) }
            }
        }
        return switch resource {
        case .plants: walk(plants, \.id.rawValue) { $0.write($1, to: &$2) }
        case .productionLines: walk(lines, \.id.rawValue) { $0.write($1, to: &$2) }
        case .areas: walk(areas, \.id.rawValue) { $0.write($1, to: &$2) }
        case .products: walk(products, \.id.rawValue) { $0.write($1, to: &$2) }
        case .idealRates: walk(idealRates, \.id) { $0.write($1, to: &$2) }
        case .shifts: walk(shifts, \.id.rawValue) { $0.write($1, to: &$2) }
        case .calendarExceptions: walk(exceptions, \.id) { $0.write($1, to: &$2) }
        case .failures: walk(failures, \.id.rawValue) { $0.write($1, to: &$2) }
        case .incidents: walk(incidents, \.id.rawValue) { $0.write($1, to: &$2) }
        case .lineGroups: walk(lineGroups, \.id.rawValue) { $0.write($1, to: &$2) }
        case .layouts: walk(layouts, \.role.layoutID) { $0.write($1, to: &$2) }
        }
    }

    /// The JSON of one object; nil when there is none.
    func object(_ resource: MasterDataResource, _ id: Int64, _ encoder: MasterDataJSON) -> [UInt8]? {
        var bytes: [UInt8]?
        forEach(resource) { candidate, write in
            guard candidate == id else { return true }
            var json = JSONWriter()
            write(encoder, &json)
            bytes = json.bytes
            return false
        }
        return bytes
    }
}
