-- The facts of a line, and what is derived from them in the transaction that writes them.

-- Months of detections live here. It is nobody's interface: no role has a right to it, rows are read and written
-- through detection_line_<id>.
CREATE SCHEMA detection_partition;

-- One row per line; its row lock makes the writers of one line take turns.
CREATE TABLE line_activity (
    line_id integer PRIMARY KEY REFERENCES production_line ON DELETE CASCADE,
    first_detected_at timestamptz,
    last_detected_at timestamptz,
    -- exactly one detection at last_detected_at
    last_is_lone boolean,
    detections bigint NOT NULL DEFAULT 0 CHECK (detections >= 0),
    -- gaps of at least this are kept; 10, or the smallest threshold the line ever had, and never raised again
    gap_floor_seconds integer NOT NULL DEFAULT 10 CHECK (gap_floor_seconds BETWEEN 1 AND 10),
    -- grows by one with every statement that adds detections and with every rebuild
    version bigint NOT NULL DEFAULT 0,
    CHECK (num_nulls(first_detected_at, last_detected_at, last_is_lone) IN (0, 3)),
    CHECK ((detections = 0) = (first_detected_at IS NULL))
) WITH (fillfactor = 50);

-- Which products a line's areas ever saw. Its references are what refuses a detection of another line's area or of
-- an unknown product, and what keeps an area, a product and a line with history from being deleted.
CREATE TABLE line_content (
    line_id integer NOT NULL REFERENCES production_line,
    area_id integer NOT NULL,
    product_id integer NOT NULL REFERENCES product,
    PRIMARY KEY (line_id, area_id, product_id),
    FOREIGN KEY (line_id, area_id) REFERENCES area (line_id, area_id)
);
CREATE INDEX line_content_product ON line_content (product_id);

CREATE TABLE minute_count (
    line_id integer NOT NULL,
    -- UTC minutes since 1970
    minute integer NOT NULL,
    area_id integer NOT NULL,
    product_id integer NOT NULL,
    detections integer NOT NULL CHECK (detections > 0),
    PRIMARY KEY (line_id, minute, area_id, product_id)
) WITH (fillfactor = 80);

-- Times between consecutive detections of the line, of every area and product, of at least the floor.
CREATE TABLE activity_gap (
    line_id integer NOT NULL,
    gap_start timestamptz NOT NULL,
    gap_end timestamptz NOT NULL,
    -- exactly one detection at gap_start
    start_is_lone boolean NOT NULL,
    PRIMARY KEY (line_id, gap_start),
    CHECK (gap_end > gap_start)
);

-- Statement trigger of every detection_line_<id>, with the line id as its argument.
--
-- Counters: added per (minute, area, product). Gaps: the arrived rows are reduced to short clusters, each narrower
-- than the floor, so no gap worth keeping lies inside one. Between two kept gaps the line was active without a gap
-- worth keeping, so such a stretch is one interval whatever rows it holds; only the gaps that a cluster reaches into,
-- and the time before the first and after the last detection, can change. Merging the intervals left and right of
-- those with the clusters gives the new gaps without reading one older row, in any order of arrival.
CREATE FUNCTION count_arrived_detections() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
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
        version = version + 1
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

-- Recomputes everything derived from the line's detections, from the rows alone. The floor of gaps stays.
CREATE FUNCTION rebuild_line_activity(rebuilt_line_id integer) RETURNS void LANGUAGE plpgsql
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
        UPDATE line_activity SET (first_detected_at, last_detected_at, detections, last_is_lone, version) = (
            SELECT min(detected_at), max(detected_at), count(*),
                (SELECT count(*) = 1 FROM %1$I WHERE detected_at = (SELECT max(detected_at) FROM %1$I)
                    HAVING count(*) > 0),
                version + 1
            FROM %1$I)
        WHERE line_id = $1
        $statement$, 'detection_line_' || rebuilt_line_id) USING rebuilt_line_id;
    PERFORM pg_notify('detections', concat_ws(':', line_id,
        coalesce(floor(date_part('epoch', first_detected_at) / 60), 0),
        coalesce(floor(date_part('epoch', last_detected_at) / 60), 0), version))
    FROM line_activity WHERE line_id = rebuilt_line_id;
END
$$;

-- Makes the partition of one UTC month; any instant of the month names it. True when it was missing. Rows of the
-- month that already lie in the default partition move over. Call it in a transaction that has written no detections.
CREATE FUNCTION ensure_detection_month(month_line_id integer, month timestamptz) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    month_start CONSTANT timestamptz := date_trunc('month', month);
    month_end CONSTANT timestamptz := month_start + interval '1 month';
    parent CONSTANT text := 'detection_line_' || month_line_id;
    partition CONSTANT text := format('%s_%s', parent, to_char(month_start, '"y"YYYY"m"MM'));
BEGIN
    IF month_start < '1970-01-01 00:00:00+00' OR month_start > now() + interval '1 year' OR NOT isfinite(month) THEN
        RAISE EXCEPTION 'month % is before 1970 or more than a year ahead', month_start
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF to_regclass(format('detection_partition.%I', partition)) IS NOT NULL THEN
        RETURN false;
    END IF;
    -- Conflicts with itself, so two callers take turns. A table lock and not an advisory one: only the former makes the
    -- second caller forget that it saw no such partition a moment ago.
    EXECUTE format('LOCK TABLE %I IN SHARE UPDATE EXCLUSIVE MODE', parent);
    IF to_regclass(format('detection_partition.%I', partition)) IS NOT NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('LOCK TABLE detection_partition.%I IN ACCESS EXCLUSIVE MODE', parent || '_default');
    EXECUTE format('CREATE TABLE detection_partition.%I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)',
        partition, parent);
    EXECUTE format($statement$
        WITH moved AS (
            DELETE FROM detection_partition.%I WHERE detected_at >= %L AND detected_at < %L RETURNING *
        ) INSERT INTO detection_partition.%I SELECT * FROM moved ORDER BY detected_at, detection_id
        $statement$, parent || '_default', month_start, month_end, partition);
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION detection_partition.%I FOR VALUES FROM (%L) TO (%L)',
        parent, partition, month_start, month_end);
    RETURN true;
END
$$;

-- Partitions of the current month and of three ahead for every line; how many were missing.
CREATE FUNCTION ensure_months_ahead() RETURNS integer LANGUAGE sql SECURITY DEFINER
    SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
    SELECT count(*) FILTER (WHERE ensure_detection_month(
        line_id, date_trunc('month', now()) + make_interval(months => ahead)))::integer
    FROM (SELECT line_id, ahead FROM line_activity CROSS JOIN generate_series(0, 3) AS ahead
        ORDER BY line_id, ahead) AS wanted
$$;

-- The two tables of a new line, and its row of line_activity.
CREATE FUNCTION create_line_tables(new_line_id integer) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    detections CONSTANT text := 'detection_line_' || new_line_id;
    downtimes CONSTANT text := 'downtime_events_' || new_line_id;
    worker CONSTANT text := current_database() || '_worker';
BEGIN
    INSERT INTO line_activity (line_id) VALUES (new_line_id);
    EXECUTE format($statement$
        CREATE TABLE %I (
            detection_id bigint GENERATED ALWAYS AS IDENTITY,
            detected_at timestamptz NOT NULL,
            area_id integer NOT NULL,
            product_id integer NOT NULL,
            event_id text CHECK (char_length(event_id) BETWEEN 1 AND 200),
            received_at timestamptz NOT NULL DEFAULT now()
        ) PARTITION BY RANGE (detected_at)
        $statement$, detections);
    EXECUTE format('CREATE INDEX %I ON %I (detected_at, detection_id)', detections || '_time', detections);
    EXECUTE format('CREATE TABLE detection_partition.%I PARTITION OF %I DEFAULT', detections || '_default', detections);
    EXECUTE format($statement$
        CREATE TRIGGER count_arrived AFTER INSERT ON %I REFERENCING NEW TABLE AS arrived
            FOR EACH STATEMENT EXECUTE FUNCTION count_arrived_detections(%L)
        $statement$, detections, new_line_id);
    EXECUTE format($statement$
        CREATE TABLE %I (
            event_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            start_time timestamptz NOT NULL,
            end_time timestamptz,
            source text NOT NULL CHECK (source IN ('calculated', 'registered')),
            incident_id integer REFERENCES incident,
            reason text CHECK (char_length(reason) BETWEEN 1 AND 500),
            justified_by text CHECK (is_label(justified_by)),
            justified_at timestamptz,
            is_manual boolean NOT NULL DEFAULT false,
            CHECK (end_time > start_time),
            CHECK (num_nulls(justified_by, justified_at) IN (0, 2))
        )
        $statement$, downtimes);
    EXECUTE format('CREATE INDEX %I ON %I (start_time)', downtimes || '_time', downtimes);
    EXECUTE format('GRANT SELECT, INSERT ON %I TO %I', detections, worker);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO %I', downtimes, worker);
    PERFORM ensure_detection_month(new_line_id, now() + make_interval(months => ahead))
    FROM generate_series(0, 3) AS ahead;
END
$$;

CREATE FUNCTION create_tables_of_new_line() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM create_line_tables(NEW.line_id);
    RETURN NULL;
END
$$;
CREATE TRIGGER create_line_tables AFTER INSERT ON production_line
    FOR EACH ROW EXECUTE FUNCTION create_tables_of_new_line();

-- A line can only be deleted while it has no history (line_content and downtime_fact refer to it).
CREATE FUNCTION drop_tables_of_deleted_line() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    EXECUTE format('DROP TABLE %I, %I', 'detection_line_' || OLD.line_id, 'downtime_events_' || OLD.line_id);
    RETURN NULL;
END
$$;
CREATE TRIGGER drop_line_tables AFTER DELETE ON production_line
    FOR EACH ROW EXECUTE FUNCTION drop_tables_of_deleted_line();

-- A threshold under the floor needs shorter gaps than were kept.
CREATE FUNCTION lower_gap_floor() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE line_activity SET gap_floor_seconds = NEW.downtime_threshold_seconds
    WHERE line_id = NEW.line_id AND gap_floor_seconds > NEW.downtime_threshold_seconds;
    IF FOUND THEN
        PERFORM rebuild_line_activity(NEW.line_id);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER lower_gap_floor AFTER INSERT OR UPDATE ON production_line_version
    FOR EACH ROW EXECUTE FUNCTION lower_gap_floor();
