/// CurveTypeFilter: how a chart joins its points. The raw values are those of requests.
package enum CurveType: String, CaseIterable, Sendable {
    case smooth
    case linear
    case stepped
    case stacked

    package static let standard = CurveType.smooth
}
