import PostgresClient
import Shared

/// What companies used, added to what they had used on the same days.
enum AddTenantUsage {
    static func statement(_ usage: [UsageLog.Key: UsageAmounts]) -> Statement {
        // In one order, so that two gateways do not wait for each other.
        let rows = usage.sorted { ($0.key.tenant, $0.key.day) < ($1.key.tenant, $1.key.day) }
        return Statement(
            "AddTenantUsage",
            """
            INSERT INTO tenant_usage AS known (
                tenant_id, day, slug, requests, rows, request_bytes, answer_bytes, cpu_microseconds)
            SELECT used.tenant_id, date '1970-01-01' + used.day, tenant.slug, used.requests, used.rows, used.request_bytes,
                used.answer_bytes, used.cpu_microseconds
            FROM unnest(
                \(rows.map { Int32($0.key.tenant.rawValue) }), \(rows.map(\.key.day)), \(rows.map(\.value.requests)),
                \(rows.map(\.value.rows)), \(rows.map(\.value.requestBytes)), \(rows.map(\.value.answerBytes)),
                \(rows.map(\.value.processorMicroseconds)))
                AS used (tenant_id, day, requests, rows, request_bytes, answer_bytes, cpu_microseconds)
                JOIN tenant USING (tenant_id)
            ON CONFLICT (tenant_id, day) DO UPDATE SET slug = excluded.slug,
                requests = known.requests + excluded.requests, rows = known.rows + excluded.rows,
                request_bytes = known.request_bytes + excluded.request_bytes,
                answer_bytes = known.answer_bytes + excluded.answer_bytes,
                cpu_microseconds = known.cpu_microseconds + excluded.cpu_microseconds
            """
        )
    }
}
