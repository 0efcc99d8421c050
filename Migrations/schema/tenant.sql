-- The whole schema of a tenant database in one file, as the migrations of Migrations/tenant leave it.
-- A test proves that replaying them gives the same; a new migration changes this file too.

-- What a plant is made of and how it is meant to run. Everything a figure depends on over time is a version with
-- valid_from (null = since ever); the rest of an object holds for all time.

CREATE FUNCTION is_label(value text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN char_length(value) BETWEEN 1 AND 255 AND value ~ '[^[:space:]]';
COMMENT ON FUNCTION is_label(text) IS 'A name or code as the contract has it: 1 to 255 characters, not blank.';

CREATE FUNCTION is_whole_minute(value timestamptz) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN isfinite(value) AND date_bin('1 minute', value, '2000-01-01 00:00:00+00') = value;

CREATE FUNCTION is_id_list(value integer[]) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN cardinality(value) > 0 AND array_ndims(value) = 1
        AND cardinality(value) = (SELECT count(DISTINCT id) FROM unnest(value) AS id);
COMMENT ON FUNCTION is_id_list(integer[]) IS 'At least one id, none null, none twice.';

CREATE TABLE plant (
    plant_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    plant_code text NOT NULL UNIQUE CHECK (is_label(plant_code)),
    plant_name text NOT NULL CHECK (is_label(plant_name)),
    timezone text NOT NULL CHECK (is_label(timezone)),
    locale text CHECK (locale IN ('es', 'en')),
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE production_line (
    line_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    plant_id integer NOT NULL REFERENCES plant,
    line_code text NOT NULL UNIQUE CHECK (is_label(line_code)),
    line_name text NOT NULL CHECK (is_label(line_name)),
    auto_detect_downtime boolean NOT NULL DEFAULT true,
    commissioned_at timestamptz CHECK (is_whole_minute(commissioned_at)),
    decommissioned_at timestamptz CHECK (is_whole_minute(decommissioned_at)),
    heartbeat_timeout_seconds integer CHECK (heartbeat_timeout_seconds BETWEEN 1 AND 86400),
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (plant_id, line_id),
    CHECK (decommissioned_at > commissioned_at)
);

CREATE TABLE production_line_version (
    production_line_version_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    line_id integer NOT NULL REFERENCES production_line ON DELETE CASCADE,
    valid_from timestamptz CHECK (isfinite(valid_from)),
    -- units per minute; 0 or null = unknown
    rate_per_minute double precision CHECK (rate_per_minute >= 0 AND rate_per_minute < 'Infinity'),
    downtime_threshold_seconds integer NOT NULL DEFAULT 300 CHECK (downtime_threshold_seconds BETWEEN 1 AND 86400),
    micro_stop_seconds integer CHECK (micro_stop_seconds <= 86400),
    target_oee double precision CHECK (target_oee BETWEEN 0 AND 1),
    UNIQUE NULLS NOT DISTINCT (line_id, valid_from),
    CONSTRAINT micro_stop_above_threshold CHECK (micro_stop_seconds > downtime_threshold_seconds)
);

CREATE TABLE area (
    area_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    line_id integer NOT NULL REFERENCES production_line ON DELETE CASCADE,
    area_name text NOT NULL CHECK (is_label(area_name)),
    area_type text NOT NULL CHECK (area_type IN ('input', 'process', 'output')),
    area_order integer NOT NULL DEFAULT 0 CHECK (area_order BETWEEN 0 AND 10000),
    -- where the camera sees it, in its own units
    x1 double precision, y1 double precision, x2 double precision, y2 double precision,
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (line_id, area_name),
    UNIQUE (line_id, area_id),
    CHECK (num_nulls(x1, y1, x2, y2) IN (0, 4)),
    CHECK (x1 <= x2 AND y1 <= y2 AND x1 > '-Infinity' AND y1 > '-Infinity' AND x2 < 'Infinity' AND y2 < 'Infinity')
);

CREATE TABLE product (
    product_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product_code text NOT NULL UNIQUE CHECK (is_label(product_code)),
    product_name text NOT NULL CHECK (is_label(product_name)),
    color text CHECK (color ~ '^#[0-9a-fA-F]{6}$'),
    units_per_batch integer CHECK (units_per_batch > 0),
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE product_version (
    product_version_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product_id integer NOT NULL REFERENCES product ON DELETE CASCADE,
    valid_from timestamptz CHECK (isfinite(valid_from)),
    weight_kg numeric(7, 3) CHECK (weight_kg >= 0),
    UNIQUE NULLS NOT DISTINCT (product_id, valid_from)
);

CREATE TABLE ideal_rate (
    ideal_rate_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    line_id integer NOT NULL REFERENCES production_line ON DELETE CASCADE,
    product_id integer NOT NULL REFERENCES product ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (line_id, product_id)
);

CREATE TABLE ideal_rate_version (
    ideal_rate_version_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ideal_rate_id integer NOT NULL REFERENCES ideal_rate ON DELETE CASCADE,
    valid_from timestamptz CHECK (isfinite(valid_from)),
    rate_per_minute double precision NOT NULL CHECK (rate_per_minute >= 0 AND rate_per_minute < 'Infinity'),
    -- false: from then on the line's own rate holds
    is_active boolean NOT NULL DEFAULT true,
    UNIQUE NULLS NOT DISTINCT (ideal_rate_id, valid_from)
);

CREATE TABLE shift (
    shift_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- Minutes are those of the local day, 0 to 1439. end_minute <= start_minute: it ends the next day.
CREATE TABLE shift_version (
    shift_version_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shift_id integer NOT NULL REFERENCES shift ON DELETE CASCADE,
    valid_from timestamptz CHECK (isfinite(valid_from)),
    plant_id integer REFERENCES plant,
    line_ids integer[] CHECK (is_id_list(line_ids)),
    shift_name text NOT NULL CHECK (is_label(shift_name)),
    days smallint[] NOT NULL CHECK (is_id_list(days::integer[]) AND days <@ ARRAY[1, 2, 3, 4, 5, 6, 7]::smallint[]),
    start_minute smallint NOT NULL CHECK (start_minute BETWEEN 0 AND 1439),
    end_minute smallint NOT NULL CHECK (end_minute BETWEEN 0 AND 1439),
    is_active boolean NOT NULL DEFAULT true,
    UNIQUE NULLS NOT DISTINCT (shift_id, valid_from)
);

CREATE TABLE shift_break (
    shift_version_id integer NOT NULL REFERENCES shift_version ON DELETE CASCADE,
    break_order smallint NOT NULL CHECK (break_order >= 0),
    break_name text NOT NULL CHECK (is_label(break_name)),
    start_minute smallint NOT NULL CHECK (start_minute BETWEEN 0 AND 1439),
    end_minute smallint NOT NULL CHECK (end_minute BETWEEN 0 AND 1439),
    PRIMARY KEY (shift_version_id, break_order),
    CONSTRAINT break_has_length CHECK (start_minute <> end_minute)
);

CREATE TABLE calendar_exception (
    calendar_exception_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    plant_id integer NOT NULL REFERENCES plant,
    line_id integer,
    kind text NOT NULL CHECK (kind IN ('closed', 'extra')),
    name text NOT NULL CHECK (is_label(name)),
    starts_at timestamptz NOT NULL CHECK (is_whole_minute(starts_at)),
    ends_at timestamptz NOT NULL CHECK (is_whole_minute(ends_at)),
    created_at timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (plant_id, line_id) REFERENCES production_line (plant_id, line_id)
        ON UPDATE CASCADE ON DELETE CASCADE,
    CONSTRAINT exception_has_length CHECK (ends_at > starts_at)
);
CREATE INDEX calendar_exception_time ON calendar_exception (plant_id, starts_at);

CREATE TABLE failure (
    failure_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    failure_code text NOT NULL UNIQUE CHECK (is_label(failure_code)),
    failure_name text NOT NULL CHECK (is_label(failure_name)),
    loss_category text NOT NULL DEFAULT 'breakdown' CHECK (loss_category IN (
        'breakdown', 'changeover', 'planned', 'no_demand', 'material', 'quality', 'other')),
    -- null: may happen on every line
    line_ids integer[] CHECK (is_id_list(line_ids)),
    description text CHECK (char_length(description) <= 2000),
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE incident (
    incident_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    failure_id integer NOT NULL REFERENCES failure,
    incident_code text NOT NULL UNIQUE CHECK (is_label(incident_code)),
    incident_name text NOT NULL CHECK (is_label(incident_name)),
    description text CHECK (char_length(description) <= 2000),
    solution text CHECK (char_length(solution) <= 2000),
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX incident_failure ON incident (failure_id);

CREATE TABLE line_group (
    line_group_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    group_name text NOT NULL UNIQUE CHECK (is_label(group_name)),
    line_ids integer[] NOT NULL CHECK (is_id_list(line_ids)),
    created_at timestamptz NOT NULL DEFAULT now()
);

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

CREATE TABLE system_config (
    key text PRIMARY KEY CHECK (key ~ '^[a-z][a-z0-9_.]{0,63}$'),
    value jsonb NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- Lists of lines are arrays, so PostgreSQL's own references do not guard them: these two do.
-- The share lock keeps a line from being deleted between the check and the commit.
CREATE FUNCTION check_line_ids() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DECLARE
    plant integer := (to_jsonb(NEW) ->> 'plant_id')::integer;
    unknown integer;
BEGIN
    PERFORM 1 FROM production_line WHERE line_id = ANY (NEW.line_ids) ORDER BY line_id FOR KEY SHARE;
    SELECT id INTO unknown FROM unnest(NEW.line_ids) AS id
    WHERE NOT EXISTS (
        SELECT 1 FROM production_line AS line
        WHERE line.line_id = id AND (plant IS NULL OR line.plant_id = plant))
    ORDER BY id LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'line % of % does not exist or is not of its plant', unknown, TG_TABLE_NAME
            USING ERRCODE = 'foreign_key_violation', TABLE = TG_TABLE_NAME, COLUMN = 'line_ids';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER check_line_ids AFTER INSERT OR UPDATE ON shift_version
    FOR EACH ROW WHEN (NEW.line_ids IS NOT NULL) EXECUTE FUNCTION check_line_ids();
CREATE CONSTRAINT TRIGGER check_line_ids AFTER INSERT OR UPDATE ON failure
    FOR EACH ROW WHEN (NEW.line_ids IS NOT NULL) EXECUTE FUNCTION check_line_ids();
CREATE CONSTRAINT TRIGGER check_line_ids AFTER INSERT OR UPDATE ON line_group
    FOR EACH ROW EXECUTE FUNCTION check_line_ids();

CREATE FUNCTION refuse_listed_line() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM shift_version WHERE OLD.line_id = ANY (line_ids))
        OR EXISTS (SELECT 1 FROM failure WHERE OLD.line_id = ANY (line_ids))
        OR EXISTS (SELECT 1 FROM line_group WHERE OLD.line_id = ANY (line_ids))
    THEN
        RAISE EXCEPTION 'line % is still listed by a shift, a failure or a group', OLD.line_id
            USING ERRCODE = 'foreign_key_violation', TABLE = 'production_line';
    END IF;
    RETURN OLD;
END
$$;
CREATE TRIGGER refuse_listed_line BEFORE DELETE ON production_line
    FOR EACH ROW EXECUTE FUNCTION refuse_listed_line();

-- A break lies inside its shift; one that starts before the shift's start is on the next day. Checked at commit,
-- because a version and its breaks are written by separate statements.
CREATE FUNCTION check_shift_breaks() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DECLARE
    outside text;
BEGIN
    SELECT stop.break_name INTO outside
    FROM shift_version AS version JOIN shift_break AS stop USING (shift_version_id)
    WHERE version.shift_version_id = NEW.shift_version_id
        AND (stop.start_minute - version.start_minute + 1440) % 1440
            + (stop.end_minute - stop.start_minute + 1440) % 1440
            > (version.end_minute - version.start_minute + 1439) % 1440 + 1
    ORDER BY stop.break_order LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'break "%" is not inside its shift', outside
            USING ERRCODE = 'check_violation', TABLE = 'shift_break', CONSTRAINT = 'break_inside_shift';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER check_shift_breaks AFTER INSERT OR UPDATE ON shift_break
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_shift_breaks();
CREATE CONSTRAINT TRIGGER check_shift_breaks AFTER UPDATE ON shift_version
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_shift_breaks();

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
    -- the earliest detection that came after the stops were calculated last
    reopened_from timestamptz,
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

-- Recomputes everything derived from the line's detections, from the rows alone and from the line's horizon on: the end of
-- its last archived month. What was counted of older months, gaps that begin there and the floor of gaps stay.
CREATE FUNCTION rebuild_line_activity(rebuilt_line_id integer) RETURNS void LANGUAGE plpgsql
    SET search_path = public, pg_temp SET work_mem = '64MB' AS $$
DECLARE
    floor_length interval;
    horizon timestamptz;
BEGIN
    -- From here on nothing is archived until this is done.
    EXECUTE format('LOCK TABLE %I IN ACCESS SHARE MODE', 'detection_line_' || rebuilt_line_id);
    SELECT make_interval(secs => gap_floor_seconds) INTO STRICT floor_length
    FROM line_activity WHERE line_id = rebuilt_line_id FOR UPDATE;
    SELECT coalesce(max(month_end), '1970-01-01 00:00:00+00') INTO horizon
    FROM detection_archive WHERE line_id = rebuilt_line_id AND restored_until IS NULL;
    DELETE FROM minute_count
    WHERE line_id = rebuilt_line_id AND minute >= floor(date_part('epoch', horizon) / 60)::integer;
    DELETE FROM activity_gap WHERE line_id = rebuilt_line_id AND gap_start >= horizon;
    EXECUTE format($statement$
        INSERT INTO minute_count (line_id, minute, area_id, product_id, detections)
        SELECT $1, floor(date_part('epoch', detected_at) / 60)::integer AS minute, area_id, product_id, count(*)
        FROM %I WHERE detected_at >= $2
        GROUP BY minute, area_id, product_id ORDER BY minute, area_id, product_id
        $statement$, 'detection_line_' || rebuilt_line_id) USING rebuilt_line_id, horizon;
    EXECUTE format($statement$
        INSERT INTO activity_gap (line_id, gap_start, gap_end, start_is_lone)
        SELECT $1, detected_at, next_at, at_instant = 1
        FROM (
            SELECT detected_at, count(*) AS at_instant, lead(detected_at) OVER (ORDER BY detected_at) AS next_at
            FROM %I WHERE detected_at >= $3 GROUP BY detected_at
        ) AS instant
        WHERE next_at - detected_at >= $2 ORDER BY detected_at
        $statement$, 'detection_line_' || rebuilt_line_id) USING rebuilt_line_id, floor_length, horizon;
    EXECUTE format($statement$
        WITH hot AS (
            SELECT min(detected_at) AS first_at, max(detected_at) AS last_at FROM %1$I WHERE detected_at >= $2
        )
        UPDATE line_activity SET
            first_detected_at = CASE WHEN first_detected_at < $2 THEN first_detected_at ELSE first_at END,
            last_detected_at = CASE WHEN last_at IS NULL AND last_detected_at < $2
                THEN last_detected_at ELSE last_at END,
            last_is_lone = CASE WHEN last_at IS NULL AND last_detected_at < $2 THEN last_is_lone
                WHEN last_at IS NOT NULL THEN (SELECT count(*) = 1 FROM %1$I WHERE detected_at = last_at) END,
            detections = (
                SELECT coalesce(sum(counted.detections), 0) FROM minute_count AS counted WHERE line_id = $1),
            version = version + 1,
            reopened_from = '1970-01-01 00:00:00+00'
        FROM hot WHERE line_id = $1
        $statement$, 'detection_line_' || rebuilt_line_id) USING rebuilt_line_id, horizon;
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

-- A threshold under the floor needs shorter gaps than were kept. Those of archived months cannot be had, so it is refused
-- while there are any.
CREATE FUNCTION lower_gap_floor() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    EXECUTE format('LOCK TABLE %I IN ACCESS SHARE MODE', 'detection_line_' || NEW.line_id);
    UPDATE line_activity SET gap_floor_seconds = NEW.downtime_threshold_seconds
    WHERE line_id = NEW.line_id AND gap_floor_seconds > NEW.downtime_threshold_seconds;
    IF FOUND THEN
        IF is_archived(NEW.line_id, '-infinity', 'infinity') THEN
            RAISE EXCEPTION 'line % has archived months, of which gaps of % s were not kept', NEW.line_id,
                NEW.downtime_threshold_seconds
                USING ERRCODE = 'RA001', TABLE = TG_TABLE_NAME, COLUMN = 'downtime_threshold_seconds';
        END IF;
        PERFORM rebuild_line_activity(NEW.line_id);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER lower_gap_floor AFTER INSERT OR UPDATE ON production_line_version
    FOR EACH ROW EXECUTE FUNCTION lower_gap_floor();

-- What people entered about stops, and what requests must remember.

CREATE TABLE downtime_fact (
    fact_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    line_id integer NOT NULL REFERENCES production_line,
    kind text NOT NULL CHECK (kind IN ('enter', 'justify', 'split', 'merge', 'trim', 'delete', 'undo')),
    payload jsonb NOT NULL CHECK (jsonb_typeof(payload) = 'object'),
    -- user:<id> or key:<id>, as the gateway verified
    author text NOT NULL CHECK (is_label(author)),
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX downtime_fact_line ON downtime_fact (line_id, fact_id);

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

-- The stops of a line were calculated from its activity as of a version: what came before that reopens nothing more.
CREATE FUNCTION close_calculated_stops(calculated_line_id integer, calculated_version bigint) RETURNS boolean
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH closed AS (
        UPDATE line_activity SET reopened_from = NULL
        WHERE line_id = calculated_line_id AND version = calculated_version AND reopened_from IS NOT NULL RETURNING 1
    )
    SELECT EXISTS (SELECT FROM closed)
$$;

-- Detections known by the sender's own number, remembered for 90 days.
CREATE TABLE detection_event (
    -- Of a line with detections, which line_content keeps: a reference would be asked for each row.
    line_id integer NOT NULL,
    event_id text NOT NULL CHECK (char_length(event_id) BETWEEN 1 AND 200),
    detected_at timestamptz NOT NULL,
    area_id integer NOT NULL,
    product_id integer NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (line_id, event_id)
);
CREATE INDEX detection_event_received ON detection_event USING brin (received_at);

-- First answers of keyed requests, repeated for 7 days. status and answer are null while the first still runs.
CREATE TABLE idempotency_key (
    key text NOT NULL CHECK (char_length(key) BETWEEN 1 AND 255),
    principal text NOT NULL CHECK (is_label(principal)),
    route text NOT NULL CHECK (is_label(route)),
    body_hash bytea NOT NULL CHECK (octet_length(body_hash) = 32),
    status smallint CHECK (status BETWEEN 100 AND 599),
    answer bytea,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (principal, route, key),
    CHECK ((status IS NULL) = (answer IS NULL))
);
CREATE INDEX idempotency_key_created ON idempotency_key (created_at);

-- What is older than its time of memory; how many rows went.
CREATE FUNCTION forget_expired_keys() RETURNS bigint LANGUAGE sql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    WITH forgotten_events AS (
        DELETE FROM detection_event WHERE received_at < now() - interval '90 days' RETURNING 1
    ), forgotten_keys AS (
        DELETE FROM idempotency_key WHERE created_at < now() - interval '7 days' RETURNING 1
    )
    SELECT (SELECT count(*) FROM forgotten_events) + (SELECT count(*) FROM forgotten_keys)
$$;

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

-- Months of detections that lie in files. What was counted of them stays, and so does every figure; what would need their
-- rows is refused, never answered from what is left.

-- One row per file.
CREATE TABLE detection_archive (
    line_id integer NOT NULL REFERENCES production_line,
    -- of UTC
    month_start timestamptz NOT NULL,
    month_end timestamptz NOT NULL,
    -- rows that arrive for a month after it was archived go into a further file of it
    part integer NOT NULL CHECK (part > 0),
    -- below the folder of the company's archive
    file_name text NOT NULL CHECK (is_label(file_name)),
    row_count bigint NOT NULL CHECK (row_count > 0),
    -- of the rows as COPY writes them, and of the file
    content_sha256 bytea NOT NULL CHECK (octet_length(content_sha256) = 32),
    file_sha256 bytea NOT NULL CHECK (octet_length(file_sha256) = 32),
    file_bytes bigint NOT NULL CHECK (file_bytes > 0),
    archived_at timestamptz NOT NULL DEFAULT now(),
    -- null: its rows are in the file alone; otherwise they are in the table again, and stay there until then
    restored_until timestamptz,
    PRIMARY KEY (line_id, month_start, part),
    CHECK (month_end > month_start)
);

-- The few rows of archived months that figures are made of: those of minutes that the beginning of a version cuts, and
-- those that tell the products on both sides of a stop.
CREATE TABLE kept_detection (
    line_id integer NOT NULL REFERENCES production_line,
    detected_at timestamptz NOT NULL,
    detection_id bigint NOT NULL,
    area_id integer NOT NULL,
    product_id integer NOT NULL,
    PRIMARY KEY (line_id, detected_at, detection_id)
);

-- Whether rows of a stretch of a line are archived. In one statement with the line's detections it is true to them: their
-- lock, which whoever archives waits for, is taken before the statement sees anything.
CREATE FUNCTION is_archived(asked_line_id integer, asked_from timestamptz, asked_to timestamptz) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = public, pg_temp AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM detection_archive
        WHERE line_id = asked_line_id AND restored_until IS NULL AND month_start < asked_to AND month_end > asked_from);
END
$$;

-- True, or an error (SQLSTATE RA001) when rows of a stretch of a line are archived: what reads rows asks it beside them.
CREATE FUNCTION refuse_archived(asked_line_id integer, asked_from timestamptz, asked_to timestamptz) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = public, pg_temp AS $$
BEGIN
    IF is_archived(asked_line_id, asked_from, asked_to) THEN
        RAISE EXCEPTION 'detections of line % between % and % are archived', asked_line_id, asked_from, asked_to
            USING ERRCODE = 'RA001', TABLE = 'detection_line_' || asked_line_id;
    END IF;
    RETURN true;
END
$$;

-- Keeps the rows of a month that figures go on needing when the others are archived. Those of the sides of a stop, or of a
-- silence that is one under the line's own thresholds, are looked for up to a week from it.
CREATE FUNCTION keep_needed_detections(kept_line_id integer, month_start timestamptz, month_end timestamptz)
    RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
BEGIN
    EXECUTE format($statement$
        WITH change AS (
            SELECT valid_from FROM production_line_version WHERE line_id = $1
            UNION
            SELECT valid_from FROM ideal_rate_version JOIN ideal_rate USING (ideal_rate_id) WHERE line_id = $1
            UNION
            SELECT valid_from FROM product_version
            WHERE product_id IN (SELECT product_id FROM line_content WHERE line_id = $1)
        ), silence AS (
            SELECT gap_start, gap_end FROM activity_gap
            WHERE line_id = $1 AND gap_start < $3 + interval '7 days' AND gap_end >= $2 - interval '7 days'
                AND gap_end - gap_start > (
                    SELECT make_interval(secs => min(downtime_threshold_seconds))
                    FROM production_line_version WHERE line_id = $1)
            UNION
            SELECT start_time, end_time FROM %1$I
            WHERE start_time < $3 + interval '7 days'
                AND (end_time >= $2 - interval '7 days' OR end_time IS NULL)
        ), edge AS (
            SELECT gap_start AS instant, true AS is_before FROM silence
            UNION
            SELECT gap_end, false FROM silence WHERE gap_end IS NOT NULL
        ), placed AS (
            SELECT instant, is_before, area_id, floor(date_part('epoch', instant) / 60)::integer AS minute
            FROM edge CROSS JOIN area WHERE line_id = $1
        ), near AS (
            SELECT placed.*, CASE WHEN is_before THEN (
                SELECT max(counted.minute) FROM minute_count AS counted
                WHERE line_id = $1 AND counted.area_id = placed.area_id
                    AND counted.minute BETWEEN placed.minute - 10080 AND placed.minute
            ) ELSE (
                SELECT min(counted.minute) FROM minute_count AS counted
                WHERE line_id = $1 AND counted.area_id = placed.area_id
                    AND counted.minute BETWEEN placed.minute AND placed.minute + 10080
            ) END AS near
            FROM placed
        ), side AS (
            SELECT near.*, CASE WHEN near.near <> near.minute THEN NULL WHEN is_before THEN (
                SELECT max(counted.minute) FROM minute_count AS counted
                WHERE line_id = $1 AND counted.area_id = near.area_id
                    AND counted.minute BETWEEN near.minute - 10080 AND near.minute - 1
            ) WHEN is_whole_minute(instant) THEN NULL ELSE (
                SELECT min(counted.minute) FROM minute_count AS counted
                WHERE line_id = $1 AND counted.area_id = near.area_id
                    AND counted.minute BETWEEN near.minute + 1 AND near.minute + 10080
            ) END AS far
            FROM near
        ), wanted AS (
            SELECT floor(date_part('epoch', valid_from) / 60)::integer AS minute, NULL::integer AS area_id
            FROM change WHERE valid_from >= $2 AND valid_from < $3 AND NOT is_whole_minute(valid_from)
            UNION
            SELECT unnest(ARRAY[near, far]), area_id FROM side
            WHERE is_before AND near = minute AND far IS NULL OR (
                SELECT count(DISTINCT product_id) FROM minute_count AS counted
                WHERE line_id = $1 AND counted.area_id = side.area_id AND counted.minute IN (near, far)) > 1
        )
        INSERT INTO kept_detection (line_id, detected_at, detection_id, area_id, product_id)
        SELECT $1, detected_at, detection_id, detection.area_id, product_id
        FROM wanted JOIN detection_partition.%2$I AS detection
            ON detected_at >= to_timestamp(wanted.minute * 60::float8)
            AND detected_at < to_timestamp(wanted.minute * 60::float8) + interval '1 minute'
            AND detection.area_id = coalesce(wanted.area_id, detection.area_id)
        WHERE wanted.minute IS NOT NULL
        ON CONFLICT DO NOTHING
        $statement$, 'downtime_events_' || kept_line_id,
        format('detection_line_%s_%s', kept_line_id, to_char(month_start, '"y"YYYY"m"MM')))
    USING kept_line_id, month_start, month_end;
END
$$;

-- Takes the rows of a month out of the line's detections, once they lie in a file that was read back. An error (SQLSTATE
-- RA002) when there are more rows than the file has: some came meanwhile. A month of no rows has no file.
-- Whoever writes and reads the line waits for as long as the rows of the month are counted.
CREATE FUNCTION archive_detection_month(
    archived_line_id integer, archived_month timestamptz, archived_part integer, archived_name text,
    archived_rows bigint, archived_content_sha256 bytea, archived_file_sha256 bytea, archived_file_bytes bigint
) RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    first_instant CONSTANT timestamptz := date_trunc('month', archived_month);
    end_instant CONSTANT timestamptz := first_instant + interval '1 month';
    parent CONSTANT text := 'detection_line_' || archived_line_id;
    partition CONSTANT text := format('%s_%s', parent, to_char(first_instant, '"y"YYYY"m"MM'));
    present bigint;
BEGIN
    IF end_instant > now() THEN
        RAISE EXCEPTION 'month % is not over', first_instant USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF archived_rows > 0 THEN
        PERFORM keep_needed_detections(archived_line_id, first_instant, end_instant);
    END IF;
    EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', parent);
    EXECUTE format('SELECT count(*) FROM detection_partition.%I', partition) INTO present;
    IF present <> archived_rows THEN
        RAISE EXCEPTION 'line % has % rows of the month %, and the file has %', archived_line_id, present,
            first_instant, archived_rows USING ERRCODE = 'RA002';
    END IF;
    -- Files of the month whose rows are in the table again are in the new one as well.
    DELETE FROM detection_archive
    WHERE line_id = archived_line_id AND month_start = first_instant AND restored_until IS NOT NULL;
    IF archived_rows > 0 THEN
        INSERT INTO detection_archive (line_id, month_start, month_end, part, file_name, row_count, content_sha256,
            file_sha256, file_bytes)
        VALUES (archived_line_id, first_instant, end_instant, archived_part, archived_name, archived_rows,
            archived_content_sha256, archived_file_sha256, archived_file_bytes);
    END IF;
    EXECUTE format('ALTER TABLE %I DETACH PARTITION detection_partition.%I', parent, partition);
    EXECUTE format('DROP TABLE detection_partition.%I', partition);
END
$$;

-- Makes the table that the rows of an archived month are written to; its name in detection_partition.
CREATE FUNCTION begin_month_restore(restored_line_id integer, restored_month timestamptz) RETURNS text
    LANGUAGE plpgsql SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    parent CONSTANT text := 'detection_line_' || restored_line_id;
    restored CONSTANT text := format('%s_%s_restored', parent, to_char(restored_month, '"y"YYYY"m"MM'));
BEGIN
    EXECUTE format('CREATE TABLE detection_partition.%I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)',
        restored, parent);
    RETURN restored;
END
$$;

-- Puts that table, with what arrived since, in the place of the month's partition, and notes until when it stays. Rows
-- are counted already, so no trigger counts them again. In the transaction of begin_month_restore.
CREATE FUNCTION finish_month_restore(
    restored_line_id integer, restored_month timestamptz, restored_rows bigint, stays_until timestamptz
) RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    first_instant CONSTANT timestamptz := date_trunc('month', restored_month);
    end_instant CONSTANT timestamptz := first_instant + interval '1 month';
    parent CONSTANT text := 'detection_line_' || restored_line_id;
    partition CONSTANT text := format('%s_%s', parent, to_char(first_instant, '"y"YYYY"m"MM'));
    restored CONSTANT text := partition || '_restored';
    since bigint := 0;
    moved bigint;
    counted bigint;
BEGIN
    -- Both spare the lock below the time that ATTACH would take for them.
    EXECUTE format('CREATE INDEX ON detection_partition.%I (detected_at, detection_id)', restored);
    EXECUTE format('ALTER TABLE detection_partition.%I
        ADD CONSTRAINT of_month CHECK (detected_at >= %L AND detected_at < %L)', restored, first_instant, end_instant);
    EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', parent);
    IF to_regclass(format('detection_partition.%I', partition)) IS NOT NULL THEN
        EXECUTE format($statement$
            INSERT INTO detection_partition.%I (detection_id, detected_at, area_id, product_id, event_id, received_at)
            SELECT detection_id, detected_at, area_id, product_id, event_id, received_at FROM detection_partition.%I
            $statement$, restored, partition);
        GET DIAGNOSTICS since = ROW_COUNT;
        EXECUTE format('ALTER TABLE %I DETACH PARTITION detection_partition.%I', parent, partition);
        EXECUTE format('DROP TABLE detection_partition.%I', partition);
    END IF;
    EXECUTE format($statement$
        WITH moved AS (
            DELETE FROM detection_partition.%I WHERE detected_at >= %L AND detected_at < %L RETURNING *
        )
        INSERT INTO detection_partition.%I (detection_id, detected_at, area_id, product_id, event_id, received_at)
        SELECT detection_id, detected_at, area_id, product_id, event_id, received_at FROM moved
        $statement$, parent || '_default', first_instant, end_instant, restored);
    GET DIAGNOSTICS moved = ROW_COUNT;
    SELECT coalesce(sum(detections), 0) INTO counted FROM minute_count
    WHERE line_id = restored_line_id AND minute >= floor(date_part('epoch', first_instant) / 60)::integer
        AND minute < floor(date_part('epoch', end_instant) / 60)::integer;
    IF counted <> restored_rows + since + moved THEN
        RAISE EXCEPTION 'line % has counted % detections of the month %, and there are %', restored_line_id, counted,
            first_instant, restored_rows + since + moved USING ERRCODE = 'data_exception';
    END IF;
    EXECUTE format('ALTER TABLE detection_partition.%I RENAME TO %I', restored, partition);
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION detection_partition.%I FOR VALUES FROM (%L) TO (%L)',
        parent, partition, first_instant, end_instant);
    EXECUTE format('ALTER TABLE detection_partition.%I DROP CONSTRAINT of_month', partition);
    DELETE FROM kept_detection
    WHERE line_id = restored_line_id AND detected_at >= first_instant AND detected_at < end_instant;
    UPDATE detection_archive SET restored_until = stays_until
    WHERE line_id = restored_line_id AND month_start = first_instant;
END
$$;

-- A version that begins within a minute needs that minute's rows; where they are archived it is refused.
CREATE FUNCTION refuse_cut_of_archived_minute() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DECLARE
    version CONSTANT jsonb := to_jsonb(NEW);
    cut CONSTANT bigint := floor(date_part('epoch', NEW.valid_from) / 60);
BEGIN
    IF EXISTS (
        SELECT FROM detection_archive AS archive JOIN minute_count AS counted USING (line_id)
        WHERE archive.restored_until IS NULL AND archive.month_start <= NEW.valid_from
            AND archive.month_end > NEW.valid_from AND counted.minute = cut
            AND line_id IN (
                SELECT (version ->> 'line_id')::integer
                UNION SELECT line_id FROM ideal_rate WHERE ideal_rate_id = (version ->> 'ideal_rate_id')::integer
                UNION SELECT line_id FROM line_content WHERE product_id = (version ->> 'product_id')::integer))
    THEN
        RAISE EXCEPTION 'the detections of the minute of % are archived', NEW.valid_from
            USING ERRCODE = 'RA001', TABLE = TG_TABLE_NAME, COLUMN = 'valid_from';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER refuse_cut_of_archived_minute AFTER INSERT OR UPDATE OF valid_from ON production_line_version
    FOR EACH ROW WHEN (NOT is_whole_minute(NEW.valid_from)) EXECUTE FUNCTION refuse_cut_of_archived_minute();
CREATE TRIGGER refuse_cut_of_archived_minute AFTER INSERT OR UPDATE OF valid_from ON product_version
    FOR EACH ROW WHEN (NOT is_whole_minute(NEW.valid_from)) EXECUTE FUNCTION refuse_cut_of_archived_minute();
CREATE TRIGGER refuse_cut_of_archived_minute AFTER INSERT OR UPDATE OF valid_from ON ideal_rate_version
    FOR EACH ROW WHEN (NOT is_whole_minute(NEW.valid_from)) EXECUTE FUNCTION refuse_cut_of_archived_minute();

-- Who hears of changes, and what the worker may do. The worker's role is named after the database
-- (t_<hex> has t_<hex>_worker), so nothing has to be passed in and a restored copy can be granted again.

-- The worker's own changes it knows; those of any other program it hears of on the channel master_data.
CREATE FUNCTION notify_master_data() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF session_user <> current_database() || '_worker' THEN
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

DO $$
DECLARE
    watched text;
BEGIN
    FOREACH watched IN ARRAY ARRAY[
        'plant', 'production_line', 'production_line_version', 'area', 'product', 'product_version', 'ideal_rate',
        'ideal_rate_version', 'shift', 'shift_version', 'shift_break', 'calendar_exception', 'failure', 'incident',
        'line_group', 'dashboard_template', 'system_config']
    LOOP
        EXECUTE format('CREATE TRIGGER notify_changed AFTER INSERT OR UPDATE OR DELETE ON %I
            FOR EACH STATEMENT EXECUTE FUNCTION notify_master_data()', watched);
    END LOOP;
END
$$;

-- Programs that write detections and people who read figures with SQL of their own, each with a role of its own that
-- belongs to one of two groups.

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
