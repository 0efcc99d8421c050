/// What a screen or tablet of the shop floor shows, and so the one page it may open.
///
/// The raw values are those of the database and of the API.
package enum DeviceKind: String, CaseIterable, Sendable {
    /// The state of lines on a wall.
    case andon
    /// The shift hour by hour on a wall.
    case shiftBoard = "shift_board"
    /// A shared tablet at a line, at which people give stops their causes.
    case station
}
