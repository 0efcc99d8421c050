import Shared

/// The causes a stop may be given: incidents by their failure.
struct StopCauses: Sendable {
    struct Failure: Decodable, Sendable {
        var failureId: Int64
        var failureName: String
        var lossCategory: String
        /// Nil: it may happen on every line.
        var lineIds: [Int64]?
        var isActive: Bool
    }

    struct Incident: Decodable, Sendable {
        var incidentId: Int64
        var failureId: Int64
        var incidentName: String
        var isActive: Bool
    }

    private let failures: [Int64: Failure]
    private let incidents: [Int64: Incident]

    init(failures: [Failure], incidents: [Incident]) {
        self.failures = Dictionary(failures.map { ($0.failureId, $0) }) { first, _ in first }
        self.incidents = Dictionary(incidents.map { ($0.incidentId, $0) }) { first, _ in first }
    }

    /// What an incident is called, its failure first: `Motor · Fuse`. Nil for one that is not known.
    func name(of incident: Int64) -> String? {
        guard let incident = incidents[incident] else { return nil }
        guard let failure = failures[incident.failureId] else { return incident.incidentName }
        return Self.name(failure: failure.failureName, incident: incident.incidentName)
    }

    static func name(failure: String, incident: String) -> String { "\(failure) · \(incident)" }

    /// The failures that can be chosen, by name, each with its incidents.
    var choices: [(failure: Failure, incidents: [Incident])] {
        let active = Dictionary(grouping: incidents.values.filter(\.isActive), by: \.failureId)
        return failures.values.filter(\.isActive)
            .compactMap { failure in
                active[failure.failureId].map { incidents in
                    (failure, incidents.sorted { ($0.incidentName, $0.incidentId) < ($1.incidentName, $1.incidentId) })
                }
            }
            .sorted { ($0.failure.failureName, $0.failure.failureId) < ($1.failure.failureName, $1.failure.failureId) }
    }
}

extension LossCategory {
    var textKey: TextKey {
        switch self {
        case .breakdown: .categoryBreakdown
        case .changeover: .categoryChangeover
        case .planned: .categoryPlanned
        case .noDemand: .categoryNoDemand
        case .material: .categoryMaterial
        case .quality: .categoryQuality
        case .other: .categoryOther
        }
    }

    /// The name of the category with that word; the word itself where there is none.
    static func name(_ word: String, _ localisation: Localisation) -> String {
        LossCategory(rawValue: word).map { localisation.text($0.textKey) } ?? word
    }
}
