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

-- Detections known by the sender's own number, remembered for 90 days.
CREATE TABLE detection_event (
    line_id integer NOT NULL REFERENCES production_line ON DELETE CASCADE,
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
