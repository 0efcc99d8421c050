/// What bodies take, learned from the code that reads them: a description asks for every field of an object that has none,
/// and each kind of field notes what it takes. So what is documented and what is read are one thing.
///
/// A reading therefore asks for the same fields whatever is in them.
extension JSONFields {
    /// What `read` takes.
    package static func shape(of read: (inout JSONFields) -> Void) -> JSONShape {
        var fields = JSONFields([])
        fields.described = []
        read(&fields)
        // A field that may be left out may also be null.
        return .object(
            (fields.described ?? []).map { member in
                let shape = member.isRequired ? member.shape : member.shape.orNull
                return JSONShape.Member(member.name, shape, isRequired: member.isRequired)
            })
    }

    /// Notes what a field takes; the first word about a field holds, since it is that of the most special kind.
    package mutating func note(_ name: String, _ shape: @autoclosure () -> JSONShape) {
        guard let place = place(of: name), case .any? = described?[place].shape else { return }
        described?[place].shape = shape()
    }

    /// Notes that a field is asked for.
    mutating func noteAsked(_ name: String) {
        _ = place(of: name)
    }

    /// Notes that a field has to be there.
    package mutating func noteRequired(_ name: String) {
        guard let place = place(of: name) else { return }
        described?[place].isRequired = true
    }

    /// Notes that a list is not empty and has nothing twice.
    mutating func noteDistinct(_ name: String) {
        guard let place = place(of: name), case .list(var list)? = described?[place].shape else { return }
        list.isDistinct = true
        list.lengths = 1...(list.lengths?.upperBound ?? .max)
        described?[place].shape = .list(list)
    }

    private mutating func place(of name: String) -> Int? {
        guard let members = described else { return nil }
        if let place = members.firstIndex(where: { $0.name == name }) { return place }
        described?.append(JSONShape.Member(name, .any, isRequired: false))
        return members.count
    }
}
