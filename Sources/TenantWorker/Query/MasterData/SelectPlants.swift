import PostgresClient
import Shared

/// All plants, by id.
enum SelectPlants {
    struct Row {
        var id: PlantID
        var code: String
        var name: String
        var timeZone: String
        var language: LanguageCode?
        var isActive: Bool
    }

    static let statement = Statement(
        "SelectPlants",
        "SELECT plant_id, plant_code, plant_name, timezone, locale, is_active FROM plant ORDER BY plant_id",
        idempotent: true
    )

    static func read(_ rows: Rows) throws(PostgresError) -> [Row] {
        var plants: [Row] = []
        for row in rows {
            plants.append(
                Row(
                    id: PlantID(try row.value(0)),
                    code: try row.value(1),
                    name: try row.value(2),
                    timeZone: try row.value(3),
                    language: try row.optional(4, as: String.self).flatMap(LanguageCode.init(rawValue:)),
                    isActive: try row.value(5)
                )
            )
        }
        return plants
    }
}
