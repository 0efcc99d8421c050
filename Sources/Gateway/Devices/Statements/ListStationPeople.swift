import PostgresClient
import Shared

/// The people that can be picked at a station, by name: members with a PIN who may change stops of one of its plants,
/// and have the second factor where the company asks it of their role.
enum ListStationPeople {
    struct Row: Sendable {
        var id: UserID
        var name: String
        var role: Role
        /// Nil: every plant.
        var plants: [PlantID]?
        var pinSetAt: Instant
    }

    /// - Parameter user: this one alone; nil: everybody.
    static func statement(at device: EnrolledDevice, _ user: UserID?) -> Statement {
        Statement(
            "ListStationPeople",
            """
            SELECT app_user.user_id, app_user.username, membership.role, membership.plant_ids, station_pin.set_at
            FROM station_pin JOIN membership USING (user_id, tenant_id) JOIN app_user USING (user_id)
                JOIN tenant USING (tenant_id)
            WHERE tenant_id = \(Int32(device.tenant.rawValue)) AND membership.role <> 'VIEWER'
                AND app_user.disabled_at IS NULL
                AND (membership.role <> ALL (tenant.two_factor_roles) OR EXISTS (
                    SELECT FROM second_factor WHERE second_factor.user_id = app_user.user_id))
                AND (membership.plant_ids IS NULL OR membership.plant_ids && \(device.plants.integers))
                AND (\(user.map { Int32($0.rawValue) }) IS NULL OR user_id = \(user.map { Int32($0.rawValue) }))
            ORDER BY app_user.username_folded
            """,
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws -> [Row] {
        var read: [Row] = []
        for row in rows {
            guard let role = Role(rawValue: try row.value(2)) else { throw Fault(code: .internal) }
            read.append(
                Row(
                    id: UserID(try row.value(0)),
                    name: try row.value(1),
                    role: role,
                    plants: try row.optional(3, as: [Int64].self)?.map { PlantID($0) },
                    pinSetAt: Instant(microseconds: try row.value(4, as: PostgresTimestamp.self).microseconds)
                ))
        }
        return read
    }
}
