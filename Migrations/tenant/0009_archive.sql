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
    cut CONSTANT integer := floor(date_part('epoch', NEW.valid_from) / 60);
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

-- As before, and from the line's horizon on: the end of its last archived month. What was counted of older months, and
-- gaps that begin there, are kept as they are.
CREATE OR REPLACE FUNCTION rebuild_line_activity(rebuilt_line_id integer) RETURNS void LANGUAGE plpgsql
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

-- As before; the shorter gaps of archived months cannot be had, so it is refused while there are any.
CREATE OR REPLACE FUNCTION lower_gap_floor() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
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
    EXECUTE 'GRANT SELECT ON line_activity, line_content, minute_count, activity_gap, detection_archive,
        kept_detection TO ' || worker;
    EXECUTE 'GRANT EXECUTE ON FUNCTION is_label(text), is_whole_minute(timestamptz), is_id_list(integer[]),
        ensure_detection_month(integer, timestamptz), ensure_months_ahead(), forget_expired_keys(),
        close_calculated_stops(integer, bigint), is_archived(integer, timestamptz, timestamptz),
        refuse_archived(integer, timestamptz, timestamptz) TO ' || worker;
    FOR line IN SELECT line_id FROM line_activity ORDER BY line_id LOOP
        EXECUTE format('GRANT SELECT, INSERT ON %I TO %s', 'detection_line_' || line, worker);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO %s', 'downtime_events_' || line, worker);
    END LOOP;
END
$$;
SELECT grant_worker_rights();
