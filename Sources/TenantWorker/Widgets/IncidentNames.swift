import Shared

/// What incidents are called, each with its failure.
struct IncidentNames {
    private let names: [IncidentID: (failure: String?, incident: String)]

    init(_ model: PlantModel) {
        let failures = Dictionary(model.failures.map { ($0.id, $0.name) }) { first, _ in first }
        names = Dictionary(model.incidents.map { ($0.id, (failures[$0.failure], $0.name)) }) { first, _ in first }
    }

    /// Nil for none, and for one that is not there.
    subscript(incident: IncidentID?) -> (failure: String?, incident: String)? {
        incident.flatMap { names[$0] }
    }
}
