import Foundation
import Shared

/// The screens and tablets of the shop floor, as their template sees them.
struct AdministrationDevicesModel {
    /// A link that was made just now.
    struct Made {
        let name: String
        let link: String
    }

    /// A form that was not accepted.
    struct Refused {
        let form: AdministrationForm
        let faults: [ParameterFault]
    }

    struct Row {
        let id: Int64
        let name: String
        let kind: String
        let lines: String
        let state: String
        let isUsable: Bool
        let seen: String
        let expires: String
    }

    struct Link {
        let title: String
        let text: String
        let qrSize: Int
        let qrPath: String
    }

    let page: PageFrame
    let t: TextTree
    let bar: PersonBarModel
    let groups: [AdministrationFrame.Group]
    let title: String
    let lead: String
    let notices: [AdministrationNotice]
    let link: Link?
    let rows: [Row]
    let isEmpty: Bool
    let isRefused: Bool
    let faults: [String]
    let kinds: [AdministrationDeviceFields.Option]
    let fields: AdministrationDeviceFields
    /// Any kind may be chosen yet.
    let isAndon = true
    /// Of a new one none can be.
    let leftOut: String? = nil

    init(
        _ devices: [JSONValue], lines known: [AdministrationObject], zone: String, now: Instant, made: Made?,
        refused: Refused?, notices: [AdministrationNotice], _ texts: FaultTexts, _ frame: AdministrationFrame
    ) {
        let localisation = frame.localisation
        page = frame.page
        t = frame.t
        bar = frame.bar
        groups = frame.groups
        title = localisation[AdministrationPlace.devices.titleKey]
        lead = localisation[AdministrationPlace.devices.leadKey]
        self.notices = notices
        link = made.flatMap { made in
            QRCode(made.link).map { code in
                Link(
                    title: localisation.text(.deviceLinkTitle, ["name": made.name]), text: made.link,
                    qrSize: code.size, qrPath: code.path)
            }
        }
        let clock = PlantClock(zone, localisation)
        let codes = Dictionary(known.map { ($0.id, $0["line_code"].text ?? "#\($0.id)") }) { first, _ in first }
        rows = devices.map { device in
            Self.row(device, codes, clock, now: Date(timeIntervalSince1970: Double(now.microseconds) / 1_000_000))
        }.sorted { ($0.isUsable ? 0 : 1, $0.name) < ($1.isUsable ? 0 : 1, $1.name) }
        isEmpty = rows.isEmpty
        isRefused = refused != nil
        faults = AdministrationDeviceFields.texts(of: refused?.faults ?? [], texts, localisation)
        fields = AdministrationDeviceFields(refused?.form, lines: known, frame)
        let kind = refused?.form.first("kind") ?? DeviceKind.allCases[0].rawValue
        kinds = DeviceKind.allCases.map {
            .init(value: $0.rawValue, name: localisation.text($0.textKey), isChosen: $0.rawValue == kind)
        }
    }

    private static func row(
        _ device: JSONValue, _ codes: [Int64: String], _ clock: PlantClock, now: Date
    ) -> Row {
        let localisation = clock.localisation
        func moment(_ field: String) -> Date? { device[field].text.flatMap(PlantClock.instant) }
        let state: TextKey
        if moment("revoked_at") != nil {
            state = .deviceStateRevoked
        } else if let end = moment("expires_at"), end <= now {
            state = .deviceStateExpired
        } else {
            state = moment("last_used_at") == nil ? .deviceStateNew : .deviceStateUsed
        }
        return Row(
            id: device["device_id"].whole ?? 0,
            name: device["name"].text ?? "",
            kind: device["kind"].text.flatMap(DeviceKind.init(rawValue:)).map { localisation.text($0.textKey) } ?? "",
            lines: device["line_ids"].elements.compactMap(\.whole).map { codes[$0] ?? "#\($0)" }.joined(
                separator: ", "),
            state: localisation.text(state),
            isUsable: state == .deviceStateNew || state == .deviceStateUsed,
            seen: moment("last_used_at").map { "\(clock.day($0)) \(clock.time($0))" } ?? Localisation.noValue,
            expires: moment("expires_at").map { clock.day($0.addingTimeInterval(-1)) }
                ?? localisation.text(.deviceNever)
        )
    }

    /// Every text that faults of the form name.
    static var textKeys: [String] {
        ["kind", "name", "line_ids", "look", "language", "alarm_after_seconds", "holds_stopped", "expires_at"].map {
            "admin.devices.field.\($0)"
        }
    }
}
