import Foundation
import Shared

/// The list of one kind, as its template sees it.
struct AdministrationListModel {
    struct Row {
        let id: Int64
        let title: String
        let isInactive: Bool
        let cells: [Cell]
    }

    struct Cell {
        let label: String
        let text: String
        let color: String?
        let isNumber: Bool
    }

    struct Column {
        let name: String
        let isNumber: Bool
    }

    private static let rowsPerPage = 100

    let page: PageFrame
    let t: TextTree
    let bar: PersonBarModel
    let groups: [AdministrationFrame.Group]
    let path: String
    let title: String
    let lead: String
    let add: String
    let empty: String
    let firstColumn: String
    let columns: [Column]
    let rows: [Row]
    let hasRows: Bool
    let isEmpty: Bool
    let isUnfound: Bool
    let unfound: String
    let search: String
    let count: String
    let notices: [AdministrationNotice]
    /// Asks for the list as it is shown.
    let address: String
    /// Whether the events of the plants tell of every change; otherwise it is looked for now and then.
    let isLive: Bool
    let previous: String?
    let next: String?
    let place: String?

    /// - Parameters:
    ///   - objects: all there are.
    ///   - number: of the page, from 1 on.
    init(
        _ kind: AdministrationKind, _ objects: [AdministrationObject], search: String, number: Int,
        notices: [AdministrationNotice], _ values: AdministrationValues, _ frame: AdministrationFrame
    ) {
        let localisation = frame.localisation
        groups = frame.groups
        page = frame.page
        t = frame.t
        bar = frame.bar
        path = "\(page.base)/admin/\(kind.rawValue)"
        title = localisation[kind.titleKey]
        lead = localisation[kind.leadKey]
        add = localisation[kind.addKey]
        empty = localisation[kind.emptyKey]
        self.search = search
        self.notices = notices
        isLive = kind.masterData != nil
        let fields = kind.columns.compactMap(kind.field)
        firstColumn = localisation[kind.oneKey]
        columns = fields.map { Column(name: localisation[$0.labelKey], isNumber: $0.isNumber) }
        let all = objects.map { object in
            Row(
                id: object.id,
                title: values.title(of: object, kind),
                isInactive: !object.isActive,
                cells: fields.map { field in
                    Cell(
                        label: localisation[field.labelKey],
                        text: values.text(field) { object[$0] },
                        color: field.control == .color ? object[field.name].text.flatMap(Self.color) : nil,
                        isNumber: field.isNumber
                    )
                })
        }
        let words = Self.folded(search).split(separator: " ")
        let found = all.filter { row in
            let text = Self.folded(([row.title] + row.cells.map(\.text)).joined(separator: " "))
            return words.allSatisfy(text.contains)
        }
        // Of the calendar the newest first, as its numbers are; everything else by its name, what is out of use last.
        let sorted =
            kind == .calendar
            ? Self.newestFirst(found, objects)
            : found.sorted {
                $0.isInactive == $1.isInactive
                    ? Self.folded($0.title) < Self.folded($1.title) : !$0.isInactive
            }
        let pages = max(1, (sorted.count + Self.rowsPerPage - 1) / Self.rowsPerPage)
        let shown = min(max(1, number), pages)
        rows = Array(sorted.dropFirst((shown - 1) * Self.rowsPerPage).prefix(Self.rowsPerPage))
        hasRows = !rows.isEmpty
        isEmpty = objects.isEmpty
        isUnfound = !objects.isEmpty && found.isEmpty
        unfound = localisation.text(.foundNone, ["q": search])
        count = localisation.count(found.count, one: .countOne, other: .countOther)
        let base = path
        func address(_ number: Int) -> String {
            var items: [String] = []
            if !search.isEmpty { items.append("q=\(Self.escaped(search))") }
            if number > 1 { items.append("page=\(number)") }
            return items.isEmpty ? base : "\(base)?\(items.joined(separator: "&"))"
        }
        self.address = address(shown)
        previous = shown > 1 ? address(shown - 1) : nil
        next = shown < pages ? address(shown + 1) : nil
        place = pages > 1 ? localisation.text(.pageOf, ["n": "\(shown)", "of": "\(pages)"]) : nil
    }

    private static func newestFirst(_ rows: [Row], _ objects: [AdministrationObject]) -> [Row] {
        let starts = Dictionary(objects.map { ($0.id, $0["start"].text ?? "") }) { first, _ in first }
        return rows.sorted { (starts[$0.id] ?? "", $0.id) > (starts[$1.id] ?? "", $1.id) }
    }

    /// Without case and accents, as people look for things.
    private static func folded(_ text: String) -> String {
        text.folding(options: [.caseInsensitive, .diacriticInsensitive], locale: nil)
    }

    private static func escaped(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }

    /// A colour that may be drawn with.
    static func color(_ text: String) -> String? {
        text.wholeMatch(of: /#[0-9a-fA-F]{6}/) == nil ? nil : text
    }
}

extension AdministrationField {
    /// Whether its column is one of figures.
    var isNumber: Bool {
        switch control {
        case .number, .percent: true
        default: false
        }
    }
}
