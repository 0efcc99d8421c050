-- The second factor: what people prove themselves with beside the password, and sign-ins that wait for it.

-- Roles that only enrol until they have a second factor.
ALTER TABLE tenant ADD COLUMN two_factor_roles text[] NOT NULL DEFAULT '{}'
    CHECK (two_factor_roles <@ ARRAY['SUPER_ADMIN', 'ADMIN', 'MANAGER', 'OPERATOR', 'VIEWER']);

CREATE TABLE second_factor (
    user_id integer NOT NULL REFERENCES app_user ON DELETE CASCADE,
    method text NOT NULL CHECK (method IN ('totp', 'sms')),
    -- totp: the seed; sms: the telephone number. Sealed for this user and method alone.
    secret_sealed bytea NOT NULL,
    -- totp: the newest step of 30 s whose code was used, and whether the one before it was used too.
    last_step bigint NOT NULL DEFAULT 0,
    is_step_before_used boolean NOT NULL DEFAULT false,
    confirmed_at timestamptz NOT NULL DEFAULT now(),
    -- what the secret is bound to
    purpose text GENERATED ALWAYS AS ('second_factor:' || method || ':' || user_id::text) STORED,
    PRIMARY KEY (user_id, method)
);

-- Enrolled and not confirmed: opens nothing.
CREATE TABLE second_factor_enrolment (
    user_id integer NOT NULL REFERENCES app_user ON DELETE CASCADE,
    method text NOT NULL CHECK (method IN ('totp', 'sms')),
    -- totp: the seed; sms: the telephone number and the code that was sent to it.
    secret_sealed bytea NOT NULL,
    tries_left smallint NOT NULL DEFAULT 5 CHECK (tries_left >= 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL CHECK (expires_at > created_at),
    -- what the secret is bound to
    purpose text GENERATED ALWAYS AS ('second_factor_enrolment:' || method || ':' || user_id::text) STORED,
    PRIMARY KEY (user_id, method)
);

CREATE TABLE recovery_code (
    user_id integer NOT NULL REFERENCES app_user ON DELETE CASCADE,
    -- SHA-256 of 120 random bits: too many to guess, so that a slow hash would add nothing.
    code_hash bytea NOT NULL CHECK (octet_length(code_hash) = 32),
    used_at timestamptz,
    PRIMARY KEY (user_id, code_hash)
);

-- A sign-in whose password was right.
CREATE TABLE otp_ticket (
    hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
    user_id integer NOT NULL REFERENCES app_user ON DELETE CASCADE,
    tenant_id integer NOT NULL REFERENCES tenant ON DELETE CASCADE,
    tries_left smallint NOT NULL DEFAULT 5 CHECK (tries_left >= 0),
    -- sms: SHA-256 of the ticket, which is not stored, and the code sent last.
    sms_code_hash bytea CHECK (octet_length(sms_code_hash) = 32),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL CHECK (expires_at > created_at),
    used_at timestamptz
);
CREATE INDEX otp_ticket_user ON otp_ticket (user_id);

ALTER TABLE session_family DROP CONSTRAINT session_family_ended_reason_check;
ALTER TABLE session_family ADD CONSTRAINT session_family_ended_reason_check CHECK (ended_reason IN (
    'logout', 'switched', 'reused_refresh_token', 'password_changed', 'user_disabled', 'membership_changed',
    'tenant_suspended', 'expired', 'signed_in_again', 'second_factor_reset'));

-- Who has a second factor may do more than who has none, so gateways hear of it as of any change of the user.
CREATE FUNCTION notify_second_factor_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('identity_changed', 'user:' || CASE WHEN TG_OP = 'DELETE' THEN OLD.user_id ELSE NEW.user_id END);
    RETURN NULL;
END
$$;
CREATE TRIGGER notify_changed AFTER INSERT OR DELETE ON second_factor
    FOR EACH ROW EXECUTE FUNCTION notify_second_factor_changed();

-- A ticket was given for the password and the second factor of its time.
CREATE FUNCTION forget_otp_tickets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM otp_ticket WHERE user_id = OLD.user_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER forget_otp_tickets AFTER UPDATE OF password_hash, disabled_at ON app_user
    FOR EACH ROW EXECUTE FUNCTION forget_otp_tickets();
CREATE TRIGGER forget_otp_tickets AFTER DELETE ON second_factor
    FOR EACH ROW EXECUTE FUNCTION forget_otp_tickets();

GRANT UPDATE (two_factor_roles) ON tenant TO camet_gateway;
GRANT SELECT, INSERT, UPDATE, DELETE
    ON second_factor, second_factor_enrolment, recovery_code, otp_ticket TO camet_gateway;
