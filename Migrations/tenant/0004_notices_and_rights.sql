-- Who hears of changes, and what the worker may do. The worker's role is named after the database
-- (t_<hex> has t_<hex>_worker), so nothing has to be passed in and a restored copy can be granted again.

-- The worker's own changes it knows; those of any other program it hears of on the channel master_data.
CREATE FUNCTION notify_master_data() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('camet.writer', true) IS DISTINCT FROM 'worker' THEN
        PERFORM pg_notify('master_data', TG_TABLE_NAME);
    END IF;
    RETURN NULL;
END
$$;

-- Rights of the worker on everything but the tables of lines made later, which create_line_tables grants.
-- Callable again at any time; each migration that adds a table replaces it and calls it.
CREATE FUNCTION grant_worker_rights() RETURNS void LANGUAGE plpgsql
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
        failure, incident, line_group, system_config, idempotency_key TO ' || worker;
    EXECUTE 'GRANT SELECT, INSERT ON downtime_fact, detection_event TO ' || worker;
    EXECUTE 'GRANT SELECT ON line_activity, line_content, minute_count, activity_gap TO ' || worker;
    EXECUTE 'GRANT EXECUTE ON FUNCTION is_label(text), is_whole_minute(timestamptz), is_id_list(integer[]),
        ensure_detection_month(integer, timestamptz), ensure_months_ahead(), forget_expired_keys() TO ' || worker;
    FOR line IN SELECT line_id FROM line_activity ORDER BY line_id LOOP
        EXECUTE format('GRANT SELECT, INSERT ON %I TO %s', 'detection_line_' || line, worker);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO %s', 'downtime_events_' || line, worker);
    END LOOP;
END
$$;
SELECT grant_worker_rights();

DO $$
DECLARE
    watched text;
BEGIN
    FOREACH watched IN ARRAY ARRAY[
        'plant', 'production_line', 'production_line_version', 'area', 'product', 'product_version', 'ideal_rate',
        'ideal_rate_version', 'shift', 'shift_version', 'shift_break', 'calendar_exception', 'failure', 'incident',
        'line_group', 'system_config']
    LOOP
        EXECUTE format('CREATE TRIGGER notify_changed AFTER INSERT OR UPDATE OR DELETE ON %I
            FOR EACH STATEMENT EXECUTE FUNCTION notify_master_data()', watched);
    END LOOP;
END
$$;
