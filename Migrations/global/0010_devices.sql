-- Screens and shared tablets of the shop floor, and the PINs that people use at stations.

CREATE TABLE device (
    device_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id integer NOT NULL REFERENCES tenant ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('andon', 'shift_board', 'station')),
    name text NOT NULL CHECK (is_label(name)),
    -- of the tenant's database, in the order shown
    line_ids integer[] NOT NULL CHECK (cardinality(line_ids) > 0 AND array_position(line_ids, NULL) IS NULL),
    -- where these lines stand: what a device sees, and who may look after it
    plant_ids integer[] NOT NULL CHECK (cardinality(plant_ids) > 0 AND array_position(plant_ids, NULL) IS NULL),
    look text NOT NULL CHECK (look IN ('light', 'dark', 'system')),
    language text NOT NULL CHECK (language IN ('es', 'en')),
    -- andon: a stop longer than this sounds; null: none does
    alarm_after_seconds integer CHECK (alarm_after_seconds IS NULL OR (alarm_after_seconds > 0 AND kind = 'andon')),
    -- andon: whether only pages with a stopped line are shown while there is one
    holds_stopped boolean NOT NULL DEFAULT false CHECK (kind = 'andon' OR NOT holds_stopped),
    -- SHA-256 of 43 random characters: too many to guess, so that a slow hash would add nothing
    token_hash bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    created_at timestamptz NOT NULL DEFAULT now(),
    -- who made it; no reference, devices outlive people
    created_by integer NOT NULL,
    -- null: never; of a station alone
    expires_at timestamptz CHECK (expires_at IS NOT NULL OR kind = 'station'),
    revoked_at timestamptz,
    -- to the minute
    last_used_at timestamptz
);
CREATE INDEX device_tenant ON device (tenant_id, device_id);

CREATE TABLE station_pin (
    user_id integer NOT NULL,
    tenant_id integer NOT NULL,
    pin_hash text NOT NULL CHECK (pin_hash LIKE '$argon2id$%'),
    set_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- since the last right one
    failures smallint NOT NULL DEFAULT 0 CHECK (failures >= 0),
    locked_until timestamptz,
    PRIMARY KEY (user_id, tenant_id),
    FOREIGN KEY (user_id, tenant_id) REFERENCES membership ON DELETE CASCADE
);

-- A new device is nobody yet, and last_used_at changes nothing for anybody.
CREATE FUNCTION notify_device_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify(
        'identity_changed', 'device:' || CASE WHEN TG_OP = 'DELETE' THEN OLD.device_id ELSE NEW.device_id END);
    RETURN NULL;
END
$$;
CREATE TRIGGER notify_changed
    AFTER DELETE OR UPDATE OF
        tenant_id, kind, name, line_ids, plant_ids, look, language, alarm_after_seconds, holds_stopped, token_hash,
        expires_at, revoked_at
    ON device FOR EACH ROW EXECUTE FUNCTION notify_device_changed();

GRANT SELECT, INSERT, UPDATE ON device TO camet_gateway;
GRANT SELECT, INSERT, UPDATE, DELETE ON station_pin TO camet_gateway;
