-- Stops as they are stored: how far they are calculated, and from where on late detections reopen them.

-- the earliest detection that came after the stops were calculated last
ALTER TABLE line_activity ADD COLUMN reopened_from timestamptz;
UPDATE line_activity SET reopened_from = first_detected_at;

-- How far the stops of a line are calculated; its row lock makes those who change the line's stops take turns.
CREATE TABLE downtime_checkpoint (
    line_id integer PRIMARY KEY REFERENCES production_line ON DELETE CASCADE,
    -- the newest fact that the stored stops know
    fact_id bigint NOT NULL DEFAULT 0,
    -- the line's thresholds and times in commission that they were calculated with; others calculate them all anew
    settings text,
    -- the newest detection counted
    last_detected_at timestamptz,
    -- the start of the calculated stop that was still running
    open_run_start timestamptz,
    -- a stop that ends here or later may still change without a new detection; null: all may
    resumes_from timestamptz,
    calculated_at timestamptz
);

-- As before, and it notes from where on the stops have to be calculated anew.
CREATE OR REPLACE FUNCTION count_arrived_detections() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp SET work_mem = '32MB' SET jit = off AS $$
DECLARE
    line CONSTANT integer := TG_ARGV[0];
    activity line_activity;
    arrivals bigint;
    earliest timestamptz;
    latest timestamptz;
    latest_arrivals bigint;
BEGIN
    SELECT * INTO STRICT activity FROM line_activity WHERE line_id = line FOR UPDATE;

    WITH content AS MATERIALIZED (
        SELECT area_id, product_id, count(*) AS arrivals, min(detected_at) AS earliest, max(detected_at) AS latest
        FROM arrived GROUP BY area_id, product_id
    ), unseen AS (
        INSERT INTO line_content (line_id, area_id, product_id)
        SELECT line, area_id, product_id FROM content
        EXCEPT SELECT line_id, area_id, product_id FROM line_content WHERE line_id = line
    )
    SELECT sum(content.arrivals), min(content.earliest), max(content.latest)
    INTO arrivals, earliest, latest FROM content;
    IF arrivals IS NULL THEN
        RETURN NULL;
    END IF;
    IF earliest < '1970-01-01 00:00:00+00' THEN
        RAISE EXCEPTION 'detected_at % is before 1970', earliest
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'detected_at_since_1970';
    END IF;
    IF latest > clock_timestamp() + interval '5 minutes' THEN
        RAISE EXCEPTION 'detected_at % is more than 5 minutes ahead', latest
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'detected_at_not_ahead';
    END IF;

    INSERT INTO minute_count AS counted (line_id, minute, area_id, product_id, detections)
    SELECT line, minute, area_id, product_id, count(*)
    FROM (
        SELECT floor(date_part('epoch', detected_at) / 60)::integer AS minute, area_id, product_id FROM arrived
    ) AS detection
    GROUP BY minute, area_id, product_id
    ORDER BY minute, area_id, product_id
    ON CONFLICT (line_id, minute, area_id, product_id)
        DO UPDATE SET detections = counted.detections + excluded.detections;

    WITH cluster AS MATERIALIZED (
        SELECT min(detected_at) AS first_at, max(detected_at) AS last_at
        FROM arrived GROUP BY floor(date_part('epoch', detected_at) / activity.gap_floor_seconds)
    ), reached AS MATERIALIZED (
        SELECT DISTINCT gap.gap_start, gap.gap_end, gap.start_is_lone
        FROM cluster CROSS JOIN LATERAL (
            SELECT gap_start, gap_end, start_is_lone FROM activity_gap
            WHERE line_id = line AND gap_start < cluster.last_at ORDER BY gap_start DESC LIMIT 2
        ) AS gap
        WHERE cluster.first_at < activity.last_detected_at AND gap.gap_end > cluster.first_at
    ), active AS (
        SELECT first_at, last_at FROM cluster
        UNION ALL
        -- the stretch before each gap reached into
        SELECT lag(gap_end, 1, least(greatest(activity.first_detected_at, earliest), gap_start))
                OVER (ORDER BY gap_start), gap_start
        FROM reached
        UNION ALL
        -- the stretch after the last of them
        SELECT coalesce(max(gap_end),
                least(greatest(activity.first_detected_at, earliest), activity.last_detected_at)),
            greatest(least(activity.last_detected_at, latest), coalesce(max(gap_end), activity.first_detected_at))
        FROM reached
        HAVING activity.first_detected_at IS NOT NULL
    ), fresh AS MATERIALIZED (
        SELECT gap_start, gap_end
        FROM (
            SELECT max(last_at) OVER (
                    ORDER BY first_at, last_at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                ) AS gap_start,
                first_at AS gap_end
            FROM active
        ) AS pause
        WHERE gap_end - gap_start >= make_interval(secs => activity.gap_floor_seconds)
    ), start_arrivals AS MATERIALIZED (
        SELECT detected_at, count(*) AS arrivals FROM arrived
        WHERE detected_at IN (SELECT gap_start FROM fresh)
        GROUP BY detected_at
    ), gone AS (
        DELETE FROM activity_gap AS gap USING reached
        WHERE gap.line_id = line AND gap.gap_start = reached.gap_start
            AND NOT EXISTS (SELECT 1 FROM fresh WHERE fresh.gap_start = reached.gap_start)
    ), crowded AS (
        -- gaps that stay, with one more detection where they start
        UPDATE activity_gap AS gap SET start_is_lone = false FROM cluster
        WHERE gap.line_id = line AND gap.gap_start = cluster.last_at
            AND cluster.first_at < activity.last_detected_at AND gap.start_is_lone
            AND NOT EXISTS (SELECT 1 FROM reached WHERE reached.gap_start = gap.gap_start)
    )
    INSERT INTO activity_gap AS gap (line_id, gap_start, gap_end, start_is_lone)
    SELECT line, fresh.gap_start, fresh.gap_end,
        CASE
            WHEN reached.gap_start IS NOT NULL THEN reached.start_is_lone AND start_arrivals.arrivals IS NULL
            WHEN fresh.gap_start = activity.last_detected_at
                THEN activity.last_is_lone AND start_arrivals.arrivals IS NULL
            ELSE start_arrivals.arrivals = 1
        END
    FROM fresh
    LEFT JOIN reached USING (gap_start)
    LEFT JOIN start_arrivals ON start_arrivals.detected_at = fresh.gap_start
    ORDER BY fresh.gap_start
    ON CONFLICT (line_id, gap_start)
        DO UPDATE SET gap_end = excluded.gap_end, start_is_lone = excluded.start_is_lone;

    IF latest >= activity.last_detected_at IS NOT FALSE THEN
        SELECT count(*) INTO latest_arrivals FROM arrived WHERE detected_at = latest;
        activity.last_is_lone := latest IS DISTINCT FROM activity.last_detected_at AND latest_arrivals = 1;
    END IF;
    UPDATE line_activity SET
        first_detected_at = least(first_detected_at, earliest),
        last_detected_at = greatest(last_detected_at, latest),
        last_is_lone = activity.last_is_lone,
        detections = detections + arrivals,
        version = version + 1,
        reopened_from = least(reopened_from, earliest)
    WHERE line_id = line
    RETURNING * INTO activity;

    -- The worker knows what it wrote itself; any other program's rows it hears of here.
    IF current_setting('camet.writer', true) IS DISTINCT FROM 'worker' THEN
        PERFORM pg_notify('detections', concat_ws(':', line,
            floor(date_part('epoch', earliest) / 60), floor(date_part('epoch', latest) / 60), activity.version));
    END IF;
    RETURN NULL;
END
$$;

-- As before, and all stops have to be calculated anew.
CREATE OR REPLACE FUNCTION rebuild_line_activity(rebuilt_line_id integer) RETURNS void LANGUAGE plpgsql
    SET search_path = public, pg_temp SET work_mem = '64MB' AS $$
DECLARE
    floor_length interval;
BEGIN
    SELECT make_interval(secs => gap_floor_seconds) INTO STRICT floor_length
    FROM line_activity WHERE line_id = rebuilt_line_id FOR UPDATE;
    DELETE FROM minute_count WHERE line_id = rebuilt_line_id;
    DELETE FROM activity_gap WHERE line_id = rebuilt_line_id;
    EXECUTE format($statement$
        INSERT INTO minute_count (line_id, minute, area_id, product_id, detections)
        SELECT $1, floor(date_part('epoch', detected_at) / 60)::integer AS minute, area_id, product_id, count(*)
        FROM %I GROUP BY minute, area_id, product_id ORDER BY minute, area_id, product_id
        $statement$, 'detection_line_' || rebuilt_line_id) USING rebuilt_line_id;
    EXECUTE format($statement$
        INSERT INTO activity_gap (line_id, gap_start, gap_end, start_is_lone)
        SELECT $1, detected_at, next_at, at_instant = 1
        FROM (
            SELECT detected_at, count(*) AS at_instant, lead(detected_at) OVER (ORDER BY detected_at) AS next_at
            FROM %I GROUP BY detected_at
        ) AS instant
        WHERE next_at - detected_at >= $2 ORDER BY detected_at
        $statement$, 'detection_line_' || rebuilt_line_id) USING rebuilt_line_id, floor_length;
    EXECUTE format($statement$
        UPDATE line_activity SET (first_detected_at, last_detected_at, detections, last_is_lone, version,
            reopened_from) = (
            SELECT min(detected_at), max(detected_at), count(*),
                (SELECT count(*) = 1 FROM %1$I WHERE detected_at = (SELECT max(detected_at) FROM %1$I)
                    HAVING count(*) > 0),
                version + 1, '1970-01-01 00:00:00+00'::timestamptz
            FROM %1$I)
        WHERE line_id = $1
        $statement$, 'detection_line_' || rebuilt_line_id) USING rebuilt_line_id;
    PERFORM pg_notify('detections', concat_ws(':', line_id,
        coalesce(floor(date_part('epoch', first_detected_at) / 60), 0),
        coalesce(floor(date_part('epoch', last_detected_at) / 60), 0), version))
    FROM line_activity WHERE line_id = rebuilt_line_id;
END
$$;

-- The stops of a line were calculated from its activity as of a version: what came before that reopens nothing more.
CREATE FUNCTION close_calculated_stops(calculated_line_id integer, calculated_version bigint) RETURNS boolean
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH closed AS (
        UPDATE line_activity SET reopened_from = NULL
        WHERE line_id = calculated_line_id AND version = calculated_version AND reopened_from IS NOT NULL RETURNING 1
    )
    SELECT EXISTS (SELECT FROM closed)
$$;

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
    EXECUTE 'GRANT SELECT, INSERT, UPDATE ON downtime_checkpoint TO ' || worker;
    EXECUTE 'GRANT SELECT ON line_activity, line_content, minute_count, activity_gap TO ' || worker;
    EXECUTE 'GRANT EXECUTE ON FUNCTION is_label(text), is_whole_minute(timestamptz), is_id_list(integer[]),
        ensure_detection_month(integer, timestamptz), ensure_months_ahead(), forget_expired_keys(),
        close_calculated_stops(integer, bigint) TO ' || worker;
    FOR line IN SELECT line_id FROM line_activity ORDER BY line_id LOOP
        EXECUTE format('GRANT SELECT, INSERT ON %I TO %s', 'detection_line_' || line, worker);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO %s', 'downtime_events_' || line, worker);
    END LOOP;
END
$$;
SELECT grant_worker_rights();
