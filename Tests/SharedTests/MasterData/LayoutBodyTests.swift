import Shared
import Testing

@Suite("Layouts of roles")
struct LayoutBodyTests {
    private func read(_ body: String) throws -> LayoutBody { try LayoutBody.read(Array(body.utf8)) }

    private func faults(_ body: String) -> [String: ParameterFaultCode] {
        do {
            _ = try read(body)
            return [:]
        } catch let fault as Fault {
            return Dictionary(fault.parameters.map { ($0.parameter, $0.code) }) { first, _ in first }
        } catch {
            return ["": .required]
        }
    }

    @Test("tiles keep their order in their tabs; what is left out is as in the standard")
    func order() throws {
        let body = try read(
            #"""
            {"role": "VIEWER", "filters": ["DateRangeFilter"], "widgets": [
              {"widget_id": "EventFeed", "tab": "oee", "width": 3}, {"widget_id": "KpiOee"},
              {"widget_id": "KpiTotalWeight", "tab": "produccion"}]}
            """#)
        #expect(body.role == .viewer)
        #expect(
            body.layout
                == DashboardLayout(
                    [
                        .init(tab: .production, widget: .totalWeight, width: 1),
                        .init(tab: .oee, widget: .eventFeed, width: 3), .init(tab: .oee, widget: .oee, width: 1),
                    ], filters: [.dateRange]))
        #expect(body.layout.shows(.oee) && !body.layout.shows(.quality))
    }

    @Test("a tile stands in one place only, a name is a known one, and the period can be chosen")
    func refused() {
        #expect(
            faults(
                #"{"role":"VIEWER","filters":["DateRangeFilter"],"widgets":[{"widget_id":"KpiOee"},{"widget_id":"KpiOee","tab":"produccion"}]}"#
            ) == ["widgets[1].widget_id": .duplicateValue])
        #expect(
            faults(#"{"role":"NOBODY","filters":["DateFilter"],"widgets":[{"widget_id":"KpiNothing","width":5}]}"#)
                == [
                    "role": .outOfRange, "filters[0]": .outOfRange, "widgets[0].widget_id": .outOfRange,
                    "widgets[0].width": .outOfRange,
                ])
        #expect(faults(#"{"role":"VIEWER","filters":["PlantFilter"],"widgets":[]}"#) == ["filters": .required])
        #expect(
            faults(#"{"role":"VIEWER","filters":["DateRangeFilter","DateRangeFilter"],"widgets":[]}"#)
                == ["filters[1]": .duplicateValue])
        #expect(faults(#"{"role":"VIEWER","filters":["DateRangeFilter"],"widgets":[]}"#) == [:])
    }

    @Test("the standard of every role is a layout as the API takes it", arguments: Role.allCases)
    func standard(role: Role) {
        let layout = DashboardLayout.standard(for: role)
        #expect(DashboardLayout(layout.places, filters: layout.filters) == layout)
        #expect(Set(layout.places.map(\.widget)).count == layout.places.count)
        #expect(Role(layoutID: role.layoutID) == role)
    }

    @Test("no other number is one of a layout")
    func numbers() {
        #expect(Role(layoutID: 0) == nil && Role(layoutID: 6) == nil)
        #expect(Set(Role.allCases.map(\.layoutID)).count == Role.allCases.count)
    }
}
