-- How the dashboard of a role is arranged. A role without a row has the standard arrangement.

CREATE TABLE dashboard_template (
    role text PRIMARY KEY CHECK (role IN ('SUPER_ADMIN', 'ADMIN', 'MANAGER', 'OPERATOR', 'VIEWER')),
    -- Tile by tile, in the order of their places: what it is, in which tab, over how many columns.
    widgets text[] NOT NULL,
    tabs text[] NOT NULL,
    widths integer[] NOT NULL CHECK (1 <= ALL (widths) AND 4 >= ALL (widths)),
    filters text[] NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    CHECK (cardinality(widgets) = cardinality(tabs) AND cardinality(widgets) = cardinality(widths))
);
CREATE TRIGGER notify_changed AFTER INSERT OR UPDATE OR DELETE ON dashboard_template
    FOR EACH STATEMENT EXECUTE FUNCTION notify_master_data();

CREATE OR REPLACE FUNCTION grant_worker_rights() RETURNS void LANGUAGE plpgsql
    SET search_path = public, pg_temp AS $$
DECLARE
    worker CONSTANT text := quote_ident(current_database() || '_worker');
    line integer;
BEGIN
    REVOKE ALL ON SCHEMA public, detection_partition FROM PUBLIC;
    REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC;
    EXECUTE 'GRANT USAGE ON SCHEMA public TO ' || worker;
    EXECUTE 'GRANT SELECT, INSERT, UPDATE, DELETE ON plant, production_line, production_line_version, area, product,
        product_version, ideal_rate, ideal_rate_version, shift, shift_version, shift_break, calendar_exception,
        failure, incident, line_group, dashboard_template, system_config, idempotency_key TO ' || worker;
    EXECUTE 'GRANT SELECT, INSERT ON downtime_fact, detection_event TO ' || worker;
    EXECUTE 'GRANT SELECT, INSERT, UPDATE ON downtime_checkpoint, line_watch TO ' || worker;
    EXECUTE 'GRANT SELECT, INSERT, DELETE ON unobserved_gap TO ' || worker;
    EXECUTE 'GRANT SELECT ON line_activity, line_content, minute_count, activity_gap, detection_archive,
        kept_detection TO ' || worker;
    EXECUTE 'GRANT EXECUTE ON FUNCTION is_label(text), is_whole_minute(timestamptz), is_id_list(integer[]),
        ensure_detection_month(integer, timestamptz), ensure_months_ahead(), forget_expired_keys(),
        close_calculated_stops(integer, bigint), is_archived(integer, timestamptz, timestamptz),
        refuse_archived(integer, timestamptz, timestamptz), note_sign_of_life(integer, timestamptz) TO ' || worker;
    FOR line IN SELECT line_id FROM line_activity ORDER BY line_id LOOP
        EXECUTE format('GRANT SELECT, INSERT ON %I TO %s', 'detection_line_' || line, worker);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO %s', 'downtime_events_' || line, worker);
    END LOOP;
END
$$;
SELECT grant_worker_rights();
