-- The whole schema of a global database in one file, as the migrations of Migrations/global leave it.
-- A test proves that replaying them gives the same; a new migration changes this file too.

-- Who exists: client companies, people, and what a person may do where.

CREATE FUNCTION is_label(value text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN char_length(value) BETWEEN 1 AND 255 AND value ~ '[^[:space:]]';
COMMENT ON FUNCTION is_label(text) IS 'A name as the contract has it: 1 to 255 characters, not blank.';

CREATE TABLE tenant (
    tenant_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
    name text NOT NULL CHECK (is_label(name)),
    timezone text NOT NULL CHECK (is_label(timezone)),
    locale text NOT NULL DEFAULT 'es' CHECK (locale IN ('es', 'en')),
    -- creating: registered, its database not complete yet; the CLI finishes it when run again.
    state text NOT NULL DEFAULT 'creating' CHECK (state IN ('creating', 'active', 'suspended')),
    database_name text NOT NULL UNIQUE CHECK (database_name ~ '^t_[0-9a-f]{16}$'),
    -- libpq conninfo of the server: host, port, several of them; no user, database or password.
    database_address text NOT NULL CHECK (database_address !~* 'password'),
    worker_role text NOT NULL UNIQUE CHECK (worker_role ~ '^t_[0-9a-f]{16}_worker$'),
    worker_password_sealed bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    -- Roles that only enrol until they have a second factor.
    two_factor_roles text[] NOT NULL DEFAULT '{}'
        CHECK (two_factor_roles <@ ARRAY['SUPER_ADMIN', 'ADMIN', 'MANAGER', 'OPERATOR', 'VIEWER']),
    CHECK (worker_role = database_name || '_worker')
);

CREATE TABLE app_user (
    user_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    username text NOT NULL CHECK (is_label(username)),
    username_folded text NOT NULL UNIQUE CHECK (is_label(username_folded)),
    email text NOT NULL CHECK (is_label(email)),
    email_folded text NOT NULL UNIQUE CHECK (is_label(email_folded)),
    password_hash text NOT NULL CHECK (password_hash LIKE '$argon2id$%'),
    is_super_admin boolean NOT NULL DEFAULT false,
    locale text CHECK (locale IN ('es', 'en')),
    disabled_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE membership (
    user_id integer NOT NULL REFERENCES app_user ON DELETE CASCADE,
    tenant_id integer NOT NULL REFERENCES tenant ON DELETE CASCADE,
    role text NOT NULL CHECK (role IN ('ADMIN', 'MANAGER', 'OPERATOR', 'VIEWER')),
    permissions text[] NOT NULL DEFAULT '{}' CHECK (permissions <@ ARRAY['export_data']),
    -- null: every plant of the tenant.
    plant_ids integer[] CHECK (array_position(plant_ids, NULL) IS NULL),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, tenant_id)
);
CREATE INDEX membership_tenant ON membership (tenant_id);

CREATE TABLE api_key (
    api_key_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id integer NOT NULL REFERENCES tenant ON DELETE CASCADE,
    public_id text NOT NULL UNIQUE CHECK (public_id ~ '^[A-Za-z0-9]{8,32}$'),
    secret_hash bytea NOT NULL CHECK (octet_length(secret_hash) = 32),
    name text NOT NULL CHECK (is_label(name)),
    scopes text[] NOT NULL CHECK (scopes <@ ARRAY['ingest', 'read', 'write'] AND cardinality(scopes) > 0),
    -- null: from anywhere.
    addresses cidr[] CHECK (array_position(addresses, NULL) IS NULL),
    expires_at timestamptz,
    revoked_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz
);
CREATE INDEX api_key_tenant ON api_key (tenant_id);

-- Who is signed in. A family is one sign-in: its refresh tokens or its page session die with it.

CREATE TABLE session_family (
    sid uuid PRIMARY KEY,
    user_id integer NOT NULL REFERENCES app_user ON DELETE CASCADE,
    tenant_id integer NOT NULL REFERENCES tenant ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('api', 'page')),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    ended_reason text CHECK (ended_reason IN (
        'logout', 'switched', 'reused_refresh_token', 'password_changed', 'user_disabled', 'membership_changed',
        'tenant_suspended', 'expired', 'signed_in_again', 'second_factor_reset')),
    -- to the minute; of tokens, when a new one was first used
    last_seen_at timestamptz NOT NULL DEFAULT now(),
    -- where it began: an address, or the network of one as limits count it; null: this machine
    address inet,
    user_agent text CHECK (char_length(user_agent) BETWEEN 1 AND 255),
    CHECK ((ended_at IS NULL) = (ended_reason IS NULL)),
    CHECK (expires_at > created_at)
);
CREATE INDEX session_family_user ON session_family (user_id, tenant_id);
CREATE INDEX session_family_expiry ON session_family (expires_at);

CREATE TABLE refresh_token (
    hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
    sid uuid NOT NULL REFERENCES session_family ON DELETE CASCADE,
    issued_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL CHECK (expires_at > issued_at),
    used_at timestamptz
);
CREATE INDEX refresh_token_sid ON refresh_token (sid);

CREATE TABLE page_session (
    id_hash bytea PRIMARY KEY CHECK (octet_length(id_hash) = 32),
    sid uuid NOT NULL REFERENCES session_family ON DELETE CASCADE,
    csrf_secret bytea NOT NULL CHECK (octet_length(csrf_secret) = 32),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL CHECK (expires_at > created_at)
);
CREATE INDEX page_session_sid ON page_session (sid);

-- The second factor: what people prove themselves with beside the password, and sign-ins that wait for it.

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
    -- the session that enrolled it, and may confirm it
    sid uuid REFERENCES session_family ON DELETE CASCADE,
    PRIMARY KEY (user_id, method)
);
CREATE INDEX second_factor_enrolment_sid ON second_factor_enrolment (sid);

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

-- What happened: sign-in attempts, and who did what. Both only grow.

CREATE TABLE user_login (
    user_login_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    attempted_at timestamptz NOT NULL DEFAULT now(),
    -- as typed, trimmed and case-folded; unknown names too, so that they lock like known ones
    username_folded text NOT NULL CHECK (char_length(username_folded) <= 255),
    address inet,
    ok boolean NOT NULL,
    reason text CHECK (reason IN (
        'unknown_user', 'wrong_password', 'wrong_otp', 'user_disabled', 'not_a_member', 'tenant_suspended', 'locked')),
    CHECK (ok = (reason IS NULL))
);
CREATE INDEX user_login_username ON user_login (username_folded, attempted_at);
CREATE INDEX user_login_address ON user_login (address, attempted_at);

CREATE TABLE audit_log (
    -- The place in the chain, from 1 without a gap. The chain's trigger gives it, recorded_at and hash.
    audit_id bigint PRIMARY KEY,
    recorded_at timestamptz NOT NULL,
    -- user:<id>, key:<public_id>, cli:<name>, or nobody who has proved who he is; no reference, entries outlive whom they
    -- name
    actor text NOT NULL CHECK (actor ~ '^((user|key|cli):.|anonymous$)'),
    tenant_id integer,
    action text NOT NULL CHECK (action ~ '^[a-z][a-z0-9_.]{0,63}$'),
    object text CHECK (char_length(object) <= 255),
    detail jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(detail) = 'object'),
    address inet,
    request_id text CHECK (char_length(request_id) <= 128),
    hash bytea NOT NULL CHECK (octet_length(hash) = 32)
);
CREATE INDEX audit_log_tenant ON audit_log (tenant_id, audit_id);

-- The chain's end. Its row is held from an entry to the end of that entry's transaction, so entries take turns.
CREATE TABLE audit_head (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    entries bigint NOT NULL CHECK (entries >= 0),
    hash bytea NOT NULL CHECK (octet_length(hash) = 32)
);
INSERT INTO audit_head (entries, hash) VALUES (0, decode(repeat('00', 32), 'hex'));

CREATE FUNCTION audit_field(value text) RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN value IS NULL THEN int4send(-1)
        ELSE int4send(octet_length(convert_to(value, 'UTF8'))) || convert_to(value, 'UTF8') END;
COMMENT ON FUNCTION audit_field(text) IS 'A value as the chain hashes it: its length in bytes, -1 for null, and its UTF-8.';

CREATE FUNCTION audit_entry_hash(previous bytea, entry audit_log) RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE
    RETURN sha256(previous
        || audit_field(entry.audit_id::text)
        || audit_field((extract(epoch FROM entry.recorded_at) * 1000000)::bigint::text)
        || audit_field(entry.actor)
        || audit_field(entry.tenant_id::text)
        || audit_field(entry.action)
        || audit_field(entry.object)
        || audit_field(entry.detail::text)
        || audit_field(text(entry.address))
        || audit_field(entry.request_id));
COMMENT ON FUNCTION audit_entry_hash(bytea, audit_log) IS
    'SHA-256 over the hash of the entry before (32 zero bytes for the first) and every column but hash.';

CREATE FUNCTION chain_audit_entry() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DECLARE
    head audit_head;
BEGIN
    SELECT * INTO STRICT head FROM audit_head FOR UPDATE;
    NEW.audit_id := head.entries + 1;
    -- Under the lock, so that time and place go the same way.
    NEW.recorded_at := clock_timestamp();
    NEW.hash := audit_entry_hash(head.hash, NEW);
    UPDATE audit_head SET entries = NEW.audit_id, hash = NEW.hash;
    RETURN NEW;
END
$$;
CREATE TRIGGER chain BEFORE INSERT ON audit_log FOR EACH ROW EXECUTE FUNCTION chain_audit_entry();

-- For operators too, who could by their rights.
CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is only added to' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

-- Which analysis a person asked for. No references: a row stays its time, whatever becomes of whom it names.
CREATE TABLE user_query (
    user_query_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- the first time; the same question of the same person soon after it is counted in the same row
    asked_at timestamptz NOT NULL,
    times integer NOT NULL CHECK (times > 0),
    user_id integer NOT NULL,
    tenant_id integer NOT NULL,
    -- method and path
    route text NOT NULL CHECK (char_length(route) <= 100),
    -- as in the address, or the JSON of the body; cut after 2 000 characters
    query text NOT NULL CHECK (char_length(query) <= 2000),
    -- of all times together
    duration_microseconds bigint NOT NULL CHECK (duration_microseconds >= 0),
    -- of the last answer; null where it was sent as it was made
    answer_bytes bigint CHECK (answer_bytes >= 0)
);
CREATE INDEX user_query_user ON user_query (user_id, asked_at);
CREATE INDEX user_query_tenant ON user_query (tenant_id, asked_at);

-- What each client company has used, day by day of UTC. No reference: what was used stays, whatever becomes of the company.

CREATE TABLE tenant_usage (
    tenant_id integer NOT NULL,
    day date NOT NULL,
    -- as it was called then
    slug text NOT NULL,
    -- that reached its worker
    requests bigint NOT NULL CHECK (requests >= 0),
    -- detections stored by way of the API
    rows bigint NOT NULL CHECK (rows >= 0),
    -- of bodies of those requests, and of their answers
    request_bytes bigint NOT NULL CHECK (request_bytes >= 0),
    answer_bytes bigint NOT NULL CHECK (answer_bytes >= 0),
    -- processor time of its workers
    cpu_microseconds bigint NOT NULL CHECK (cpu_microseconds >= 0),
    PRIMARY KEY (tenant_id, day)
);

-- When which background work of a client company is due. Gateways take what is due from here, do it, and write when it is
-- due next, so that a start, a sleep or a second gateway changes nothing of it.

CREATE TABLE scheduled_work (
    tenant_id integer NOT NULL REFERENCES tenant ON DELETE CASCADE,
    work text NOT NULL CHECK (work ~ '^[a-z][a-z_]{0,62}$'),
    due_at timestamptz NOT NULL,
    -- a gateway is doing it; it is nobody's any more after that time
    taken_until timestamptz,
    -- the last time it was done
    done_at timestamptz,
    -- since then
    failures integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
    PRIMARY KEY (tenant_id, work)
);
CREATE INDEX scheduled_work_due ON scheduled_work (due_at);

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

-- Deletes up to 10 000 rows of each table that are older, and tells how many. Both tables are filled in the order of time,
-- so the oldest rows have the smallest ids. Sign-ins are kept 30 days at least, whatever is asked for: a gateway that somebody
-- else has taken over cannot make the traces of that go.
CREATE FUNCTION forget_old_records(sign_in_days integer, query_days integer) RETURNS bigint LANGUAGE sql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH sign_ins AS (
        DELETE FROM user_login WHERE user_login_id IN (
            SELECT user_login_id
            FROM (SELECT user_login_id, attempted_at FROM user_login ORDER BY user_login_id LIMIT 10000) AS oldest
            WHERE attempted_at < now() - make_interval(days => greatest(sign_in_days, 30)))
        RETURNING 1
    ), queries AS (
        DELETE FROM user_query WHERE user_query_id IN (
            SELECT user_query_id
            FROM (SELECT user_query_id, asked_at FROM user_query ORDER BY user_query_id LIMIT 10000) AS oldest
            WHERE asked_at < now() - make_interval(days => greatest(query_days, 1)))
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM sign_ins) + (SELECT count(*) FROM queries)
$$;
REVOKE ALL ON FUNCTION forget_old_records(integer, integer) FROM PUBLIC;

CREATE FUNCTION forget_old_sign_ins(most integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH forgotten AS (
        DELETE FROM session_family WHERE sid IN (
            SELECT sid FROM session_family
            WHERE expires_at < now() - interval '30 days' OR ended_at < now() - interval '30 days'
            LIMIT most)
        RETURNING sid)
    SELECT count(*) FROM forgotten;
$$;
COMMENT ON FUNCTION forget_old_sign_ins(integer) IS 'Deletes sessions 30 days after their end, so many at most; gives how many.';

-- Running gateways hear of every change of identity on the channel identity_changed, and the gateway's role may
-- touch rows only: never the schema, never an old audit entry, never the flag that makes a SUPER_ADMIN.

CREATE FUNCTION notify_identity_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    row record;
BEGIN
    IF TG_OP = 'DELETE' THEN row := OLD; ELSE row := NEW; END IF;
    PERFORM pg_notify('identity_changed', CASE TG_TABLE_NAME
        WHEN 'app_user' THEN 'user:' || (to_jsonb(row) ->> 'user_id')
        WHEN 'membership' THEN 'membership:' || (to_jsonb(row) ->> 'user_id') || ':' || (to_jsonb(row) ->> 'tenant_id')
        WHEN 'tenant' THEN 'tenant:' || (to_jsonb(row) ->> 'tenant_id')
        WHEN 'session_family' THEN 'family:' || (to_jsonb(row) ->> 'sid')
        WHEN 'api_key' THEN 'key:' || (to_jsonb(row) ->> 'public_id')
    END);
    RETURN NULL;
END
$$;

CREATE TRIGGER notify_changed AFTER UPDATE OR DELETE ON app_user
    FOR EACH ROW EXECUTE FUNCTION notify_identity_changed();
CREATE TRIGGER notify_changed AFTER INSERT OR UPDATE OR DELETE ON membership
    FOR EACH ROW EXECUTE FUNCTION notify_identity_changed();
CREATE TRIGGER notify_changed AFTER INSERT OR UPDATE OR DELETE ON tenant
    FOR EACH ROW EXECUTE FUNCTION notify_identity_changed();
-- A new family concerns nobody yet, and last_used_at of a key changes nothing for anybody.
CREATE TRIGGER notify_changed AFTER UPDATE OF tenant_id, expires_at, ended_at OR DELETE ON session_family
    FOR EACH ROW EXECUTE FUNCTION notify_identity_changed();
CREATE TRIGGER notify_changed
    AFTER INSERT OR DELETE OR UPDATE OF tenant_id, public_id, secret_hash, scopes, addresses, expires_at, revoked_at
    ON api_key FOR EACH ROW EXECUTE FUNCTION notify_identity_changed();

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

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO camet_gateway;
GRANT SELECT ON tenant TO camet_gateway;
GRANT SELECT,
    INSERT (username, username_folded, email, email_folded, password_hash, locale, disabled_at),
    UPDATE (username, username_folded, email, email_folded, password_hash, locale, disabled_at)
    ON app_user TO camet_gateway;
GRANT SELECT, INSERT, UPDATE, DELETE
    ON membership, api_key, session_family, refresh_token, page_session TO camet_gateway;
GRANT SELECT, INSERT ON user_login TO camet_gateway;
GRANT SELECT,
    INSERT (actor, tenant_id, action, object, detail, address, request_id)
    ON audit_log TO camet_gateway;
GRANT SELECT ON audit_head TO camet_gateway;
GRANT SELECT, INSERT ON user_query TO camet_gateway;
GRANT EXECUTE ON FUNCTION forget_old_records(integer, integer) TO camet_gateway;
REVOKE ALL ON FUNCTION forget_old_sign_ins(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_old_sign_ins(integer) TO camet_gateway;
GRANT UPDATE (two_factor_roles) ON tenant TO camet_gateway;
GRANT SELECT, INSERT, UPDATE, DELETE
    ON second_factor, second_factor_enrolment, recovery_code, otp_ticket TO camet_gateway;
GRANT SELECT, INSERT, UPDATE ON tenant_usage TO camet_gateway;
GRANT SELECT, INSERT, UPDATE ON scheduled_work TO camet_gateway;
GRANT SELECT, INSERT, UPDATE ON device TO camet_gateway;
GRANT SELECT, INSERT, UPDATE, DELETE ON station_pin TO camet_gateway;
