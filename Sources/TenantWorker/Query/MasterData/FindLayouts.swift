import PostgresClient

/// Whether the database has a place for layouts.
enum FindLayouts {
    static let statement = Statement(
        "FindLayouts", "SELECT to_regclass('public.dashboard_template') IS NOT NULL", idempotent: true)
}
