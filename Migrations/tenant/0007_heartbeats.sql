-- A third of what a row with an event id cost was asking for its line again. What has detections is kept by line_content.
ALTER TABLE detection_event DROP CONSTRAINT detection_event_line_id_fkey;

-- Cameras of watched lines (those with a heartbeat_timeout_seconds): when each gave its last sign of life, and the
-- stretches in which none came for longer than the time-out. A stretch is kept as it was found: another time-out counts
-- from then on.

CREATE TABLE line_watch (
    line_id integer PRIMARY KEY REFERENCES production_line ON DELETE CASCADE,
    last_sign_at timestamptz NOT NULL
);

CREATE TABLE unobserved_gap (
    line_id integer NOT NULL REFERENCES production_line ON DELETE CASCADE,
    start_at timestamptz NOT NULL,
    end_at timestamptz NOT NULL CHECK (end_at > start_at),
    PRIMARY KEY (line_id, start_at)
);

-- A sign of life at an instant, in whatever order they come; nothing for a line that is not watched. The row lock of
-- line_watch makes the signs of one line take turns.
CREATE FUNCTION note_sign_of_life(watched_line_id integer, sign_at timestamptz) RETURNS void LANGUAGE plpgsql
    SET search_path = public, pg_temp AS $$
DECLARE
    timeout interval;
    last_at timestamptz;
    gap unobserved_gap;
BEGIN
    SELECT make_interval(secs => heartbeat_timeout_seconds) INTO timeout
        FROM production_line WHERE line_id = watched_line_id;
    IF timeout IS NULL THEN
        RETURN;
    END IF;
    INSERT INTO line_watch VALUES (watched_line_id, sign_at) ON CONFLICT (line_id) DO NOTHING;
    SELECT last_sign_at INTO last_at FROM line_watch WHERE line_id = watched_line_id FOR UPDATE;
    IF sign_at > last_at THEN
        IF sign_at - last_at > timeout THEN
            INSERT INTO unobserved_gap VALUES (watched_line_id, last_at, sign_at);
        END IF;
        UPDATE line_watch SET last_sign_at = sign_at WHERE line_id = watched_line_id;
        RETURN;
    END IF;
    -- It came late: where there seemed to be none, there was one.
    DELETE FROM unobserved_gap WHERE line_id = watched_line_id AND start_at < sign_at AND end_at > sign_at
        RETURNING * INTO gap;
    IF sign_at - gap.start_at > timeout THEN
        INSERT INTO unobserved_gap VALUES (watched_line_id, gap.start_at, sign_at);
    END IF;
    IF gap.end_at - sign_at > timeout THEN
        INSERT INTO unobserved_gap VALUES (watched_line_id, sign_at, gap.end_at);
    END IF;
END
$$;

-- Who stops watching a line and begins again later has not seen it fail meanwhile.
CREATE FUNCTION forget_watch() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM line_watch WHERE line_id = NEW.line_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER forget_watch AFTER UPDATE OF heartbeat_timeout_seconds ON production_line
    FOR EACH ROW WHEN (NEW.heartbeat_timeout_seconds IS NULL) EXECUTE FUNCTION forget_watch();

-- Rights of the worker on everything but the tables of lines made later, which create_line_tables grants.
-- Callable again at any time; each migration that adds a table replaces it and calls it.
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
        failure, incident, line_group, system_config, idempotency_key TO ' || worker;
    EXECUTE 'GRANT SELECT, INSERT ON downtime_fact, detection_event TO ' || worker;
    EXECUTE 'GRANT SELECT, INSERT, UPDATE ON downtime_checkpoint, line_watch TO ' || worker;
    EXECUTE 'GRANT SELECT, INSERT, DELETE ON unobserved_gap TO ' || worker;
    EXECUTE 'GRANT SELECT ON line_activity, line_content, minute_count, activity_gap TO ' || worker;
    EXECUTE 'GRANT EXECUTE ON FUNCTION is_label(text), is_whole_minute(timestamptz), is_id_list(integer[]),
        ensure_detection_month(integer, timestamptz), ensure_months_ahead(), forget_expired_keys(),
        close_calculated_stops(integer, bigint), note_sign_of_life(integer, timestamptz) TO ' || worker;
    FOR line IN SELECT line_id FROM line_activity ORDER BY line_id LOOP
        EXECUTE format('GRANT SELECT, INSERT ON %I TO %s', 'detection_line_' || line, worker);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO %s', 'downtime_events_' || line, worker);
    END LOOP;
END
$$;
SELECT grant_worker_rights();
