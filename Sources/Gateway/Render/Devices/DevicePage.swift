import Shared

/// The page of a device's link: what the browser would become, and the button that makes it so.
struct DevicePage: Sendable {
    var device: EnrolledDevice
    var tenantName: String
    /// Where the form is sent, below the site's own path.
    var action: String
    var csrfToken: String
}

/// `DevicePage` as its template sees it.
struct DevicePageModel {
    let page: PageFrame
    let t: TextTree
    let name: String
    let tenantName: String
    let kind: String
    let lead: String
    let lines: String
    let action: String
    let csrfToken: String

    init(_ device: DevicePage, page: PageFrame, _ localisation: Localisation) {
        self.page = page
        t = localisation.tree
        name = device.device.name
        tenantName = device.tenantName
        kind = localisation.text(device.device.kind.textKey)
        lead = localisation.text(device.device.kind.leadKey)
        lines = localisation.count(device.device.lines.count, one: .pageLinesOne, other: .pageLinesOther)
        action = device.action
        csrfToken = device.csrfToken
    }
}

extension DeviceKind {
    var textKey: TextKey {
        switch self {
        case .andon: .deviceKindAndon
        case .shiftBoard: .deviceKindShiftBoard
        case .station: .deviceKindStation
        }
    }

    /// What somebody in front of it can do.
    var leadKey: TextKey {
        switch self {
        case .andon: .deviceLeadAndon
        case .shiftBoard: .deviceLeadShiftBoard
        case .station: .deviceLeadStation
        }
    }
}
