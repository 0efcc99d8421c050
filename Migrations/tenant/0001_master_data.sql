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
