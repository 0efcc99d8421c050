/// What an area of a line watches.
package enum AreaType: String, Hashable, Sendable, CaseIterable {
    case input
    case process
    case output
}
