import PostgresClient
import Shared

/// Replaces a plant.
enum UpdatePlant {
    static func statement(_ id: Int64, _ plant: PlantBody) -> Statement {
        Statement(
            "UpdatePlant",
            """
            UPDATE plant SET plant_code = \(plant.code), plant_name = \(plant.name), timezone = \(plant.timeZone),
                locale = \(plant.language?.rawValue), is_active = \(plant.isActive)
            WHERE plant_id = \(Int32(id))
            """
        )
    }
}
