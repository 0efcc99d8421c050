-- Programs that write detections and people who read figures with SQL of their own, each with a role of its own that
-- belongs to one of two groups: t_<hex>_writer and t_<hex>_reader, which `camet migrate` makes before this runs.

-- As before, but who wrote is told by the role, which no other program can choose.
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

    -- The worker knows what it wrote itself; any other program's rows it hears of here, whatever that program says
    -- it is.
    IF session_user <> current_database() || '_worker' THEN
        PERFORM pg_notify('detections', concat_ws(':', line,
            floor(date_part('epoch', earliest) / 60), floor(date_part('epoch', latest) / 60), activity.version));
    END IF;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION notify_master_data() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF session_user <> current_database() || '_worker' THEN
        PERFORM pg_notify('master_data', TG_TABLE_NAME);
    END IF;
    RETURN NULL;
END
$$;

-- As before, but whoever writes to the line waits meanwhile.
CREATE OR REPLACE FUNCTION ensure_detection_month(month_line_id integer, month timestamptz) RETURNS boolean
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
    -- second caller forget that it saw no such partition a moment ago. Whoever writes to the line waits, and then finds
    -- the new partition: with a weaker lock his rows would go on to the default partition, which refuses them by then.
    EXECUTE format('LOCK TABLE %I IN SHARE ROW EXCLUSIVE MODE', parent);
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

-- As before, and roles that write with SQL of their own may add to the new line.
CREATE OR REPLACE FUNCTION create_line_tables(new_line_id integer) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    detections CONSTANT text := 'detection_line_' || new_line_id;
    downtimes CONSTANT text := 'downtime_events_' || new_line_id;
    worker CONSTANT text := current_database() || '_worker';
    writer CONSTANT text := current_database() || '_writer';
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
    EXECUTE format('GRANT INSERT (detected_at, area_id, product_id) ON %I TO %I', detections, writer);
    PERFORM ensure_detection_month(new_line_id, now() + make_interval(months => ahead))
    FROM generate_series(0, 3) AS ahead;
END
$$;

-- A line that has rows of a month without a partition, and the first such month.
CREATE FUNCTION months_by_default() RETURNS TABLE (line_id integer, month timestamptz) LANGUAGE plpgsql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    line integer;
    earliest timestamptz;
BEGIN
    FOR line IN SELECT activity.line_id FROM line_activity AS activity ORDER BY activity.line_id LOOP
        EXECUTE format('SELECT min(detected_at) FROM detection_partition.%I', format('detection_line_%s_default', line))
            INTO earliest;
        IF earliest IS NOT NULL THEN
            RETURN QUERY SELECT line, date_trunc('month', earliest);
        END IF;
    END LOOP;
END
$$;

-- Words for whoever writes with plain SQL, before the references of line_content refuse the same.
CREATE FUNCTION explain_unknown_content() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM area WHERE line_id = NEW.line_id AND area_id = NEW.area_id) THEN
        RAISE EXCEPTION 'area_id % is no area of line %', NEW.area_id, NEW.line_id
            USING ERRCODE = 'foreign_key_violation', TABLE = 'detection_line_' || NEW.line_id, COLUMN = 'area_id';
    END IF;
    IF NOT EXISTS (SELECT 1 FROM product WHERE product_id = NEW.product_id) THEN
        RAISE EXCEPTION 'there is no product with product_id %', NEW.product_id
            USING ERRCODE = 'foreign_key_violation', TABLE = 'detection_line_' || NEW.line_id, COLUMN = 'product_id';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER explain_unknown_content BEFORE INSERT ON line_content
    FOR EACH ROW EXECUTE FUNCTION explain_unknown_content();

-- What SQL people read: the engine's own figures as they are kept. No indicator is computed a second time here.
CREATE SCHEMA camet_report;

CREATE VIEW camet_report.plant AS
SELECT plant_id, plant_code, plant_name, timezone, is_active FROM plant;

CREATE VIEW camet_report.line AS
SELECT line.line_id, line.line_code, line.line_name, line.plant_id, plant.plant_code, plant.timezone,
    line.auto_detect_downtime, line.commissioned_at, line.decommissioned_at, line.is_active
FROM production_line AS line JOIN plant USING (plant_id);

-- null as valid_from: since ever
CREATE VIEW camet_report.line_version AS
SELECT line_id, valid_from, rate_per_minute, downtime_threshold_seconds, micro_stop_seconds, target_oee
FROM production_line_version;

CREATE VIEW camet_report.area AS
SELECT area_id, line_id, area_name, area_type, area_order, is_active FROM area;

CREATE VIEW camet_report.product AS
SELECT product_id, product_code, product_name, units_per_batch, is_active FROM product;

CREATE VIEW camet_report.product_version AS
SELECT product_id, valid_from, weight_kg FROM product_version;

CREATE VIEW camet_report.ideal_rate_version AS
SELECT rate.line_id, rate.product_id, version.valid_from, version.rate_per_minute, version.is_active
FROM ideal_rate AS rate JOIN ideal_rate_version AS version USING (ideal_rate_id);

CREATE VIEW camet_report.shift_version AS
SELECT shift_version_id, shift_id, valid_from, plant_id, line_ids, shift_name, days,
    make_time(start_minute / 60, start_minute % 60, 0) AS start_time,
    make_time(end_minute / 60, end_minute % 60, 0) AS end_time, is_active
FROM shift_version;

CREATE VIEW camet_report.shift_break AS
SELECT shift_version_id, break_order, break_name, make_time(start_minute / 60, start_minute % 60, 0) AS start_time,
    make_time(end_minute / 60, end_minute % 60, 0) AS end_time
FROM shift_break;

CREATE VIEW camet_report.calendar_exception AS
SELECT calendar_exception_id, plant_id, line_id, kind, name, starts_at, ends_at FROM calendar_exception;

CREATE VIEW camet_report.failure AS
SELECT failure_id, failure_code, failure_name, loss_category, line_ids, is_active FROM failure;

CREATE VIEW camet_report.incident AS
SELECT incident_id, failure_id, incident_code, incident_name, is_active FROM incident;

CREATE VIEW camet_report.line_activity AS
SELECT line_id, first_detected_at, last_detected_at, detections FROM line_activity;

CREATE VIEW camet_report.activity_gap AS
SELECT line_id, gap_start, gap_end, extract(epoch FROM gap_end - gap_start) AS gap_seconds FROM activity_gap;

-- minute, UTC minutes since 1970, is what an index finds.
CREATE VIEW camet_report.detections_per_minute AS
SELECT line_id, minute, to_timestamp(minute * 60.0) AS minute_start, area_id, product_id, detections FROM minute_count;

-- Hours of the plant's clock; where clocks go back, one label stands for two hours.
CREATE VIEW camet_report.detections_per_hour AS
SELECT counted.line_id, date_trunc('hour', to_timestamp(counted.minute * 60.0), plant.timezone) AS hour_start,
    counted.area_id, counted.product_id, sum(counted.detections) AS detections
FROM minute_count AS counted JOIN production_line AS line USING (line_id) JOIN plant USING (plant_id)
GROUP BY 1, 2, 3, 4;

-- What the API calls total_production: units in output areas, planned or not, by the plant's days.
CREATE VIEW camet_report.production_per_day AS
SELECT counted.line_id, (to_timestamp(counted.minute * 60.0) AT TIME ZONE plant.timezone)::date AS day,
    counted.product_id, sum(counted.detections) AS units
FROM minute_count AS counted JOIN area USING (area_id)
    JOIN production_line AS line ON line.line_id = counted.line_id JOIN plant USING (plant_id)
WHERE area.area_type = 'output'
GROUP BY 1, 2, 3;

-- The stored stops of one line: each line has a table of its own.
CREATE FUNCTION camet_report.stops_of_line(stopped_line_id integer)
    RETURNS TABLE (event_id bigint, start_time timestamptz, end_time timestamptz, source text, incident_id integer,
        reason text, justified_by text, justified_at timestamptz, is_manual boolean)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN QUERY EXECUTE format($statement$
        SELECT event_id, start_time, end_time, source, incident_id, reason, justified_by, justified_at, is_manual
        FROM %I $statement$, 'downtime_events_' || stopped_line_id);
END
$$;

-- As they were calculated last; null as end_time: it went on then.
CREATE VIEW camet_report.stop AS
SELECT line.line_id, stop.event_id, stop.start_time, stop.end_time, stop.source, stop.incident_id, stop.reason,
    stop.justified_by, stop.justified_at, stop.is_manual, checkpoint.calculated_at
FROM production_line AS line LEFT JOIN downtime_checkpoint AS checkpoint USING (line_id)
    CROSS JOIN LATERAL camet_report.stops_of_line(line.line_id) AS stop;

-- Rights of the two groups that roles of programs belong to: t_<hex>_writer adds detections, t_<hex>_reader reads
-- camet_report. On lines made later create_line_tables grants. Callable again at any time, as grant_worker_rights.
CREATE FUNCTION grant_program_rights() RETURNS void LANGUAGE plpgsql
    SET search_path = public, pg_temp AS $$
DECLARE
    worker CONSTANT text := quote_ident(current_database() || '_worker');
    writer CONSTANT text := quote_ident(current_database() || '_writer');
    reader CONSTANT text := quote_ident(current_database() || '_reader');
    line integer;
BEGIN
    REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public, camet_report FROM PUBLIC;
    EXECUTE 'GRANT EXECUTE ON FUNCTION months_by_default() TO ' || worker;
    EXECUTE 'GRANT USAGE ON SCHEMA public TO ' || writer;
    FOR line IN SELECT line_id FROM line_activity ORDER BY line_id LOOP
        EXECUTE format('GRANT INSERT (detected_at, area_id, product_id) ON %I TO %s', 'detection_line_' || line, writer);
    END LOOP;
    EXECUTE 'GRANT USAGE ON SCHEMA camet_report TO ' || reader;
    EXECUTE 'GRANT SELECT ON ALL TABLES IN SCHEMA camet_report TO ' || reader;
    EXECUTE 'GRANT EXECUTE ON FUNCTION camet_report.stops_of_line(integer) TO ' || reader;
END
$$;
SELECT grant_program_rights();
