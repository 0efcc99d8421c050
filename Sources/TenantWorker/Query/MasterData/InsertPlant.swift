import PostgresClient
import Shared

/// One new plant; gives its number.
enum InsertPlant {
    static func statement(_ plant: PlantBody) -> Statement {
        Statement(
            "InsertPlant",
            """
            INSERT INTO plant (plant_code, plant_name, timezone, locale, is_active)
            VALUES (\(plant.code), \(plant.name), \(plant.timeZone), \(plant.language?.rawValue),
                \(plant.isActive))
            RETURNING plant_id
            """
        )
    }
}
