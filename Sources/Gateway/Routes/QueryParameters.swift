import Shared

/// The parameters of a route's query, read one by one.
protocol QueryParameters: Sendable {
    init(_ fields: inout QueryFields)
}

extension QueryParameters {
    /// - Throws: `invalid` with every fault of the query at once.
    init(of request: Request) throws(Fault) {
        var fields = QueryFields(request.uri.query)
        self.init(&fields)
        try fields.finish()
    }

    /// What it takes, learned from the code that reads it.
    static var members: [JSONShape.Member] {
        var fields = QueryFields("")
        fields.described = []
        _ = Self(&fields)
        return fields.described ?? []
    }
}

/// Of a route that takes none and says so.
struct NoParameters: QueryParameters {
    init(_ fields: inout QueryFields) {}
}

/// A page of a list in the order of its numbers.
struct NumberedPage: QueryParameters {
    let limit: UInt16
    /// The number the page before ended with; 0 for the first page.
    let after: Int64

    init(_ fields: inout QueryFields) {
        limit = fields.limit()
        after = fields.integer("cursor", in: 0...Int64(Int32.max)) ?? 0
    }
}

/// As those of bodies: a description asks for every parameter of an empty query, and each kind notes what it takes.
extension QueryFields {
    /// Notes what a parameter takes; the first word about it holds, since it is that of the most special kind.
    mutating func note(_ name: String, _ shape: @autoclosure () -> JSONShape) {
        guard let place = place(of: name), case .any? = described?[place].shape else { return }
        described?[place].shape = shape()
    }

    /// Notes that a parameter is asked for.
    mutating func noteAsked(_ name: String) {
        _ = place(of: name)
    }

    /// Notes that a parameter has to be there.
    mutating func noteRequired(_ name: String) {
        guard let place = place(of: name) else { return }
        described?[place].isRequired = true
    }

    private mutating func place(of name: String) -> Int? {
        guard let members = described else { return nil }
        if let place = members.firstIndex(where: { $0.name == name }) { return place }
        described?.append(JSONShape.Member(name, .any, isRequired: false))
        return members.count
    }
}
