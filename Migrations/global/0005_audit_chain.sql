-- The audit log as a chain of hashes, and which analyses people asked for.

-- audit_id becomes the place in the chain: 1, 2, 3, … without a gap, in the order in which entries were added. The chain's
-- trigger gives it, as it gives recorded_at and hash; whoever adds an entry says only what happened.
ALTER TABLE audit_log ALTER COLUMN audit_id DROP IDENTITY;
ALTER TABLE audit_log ALTER COLUMN recorded_at DROP DEFAULT;
ALTER TABLE audit_log ADD COLUMN hash bytea;
-- user:<id>, key:<public_id>, cli:<name>, or nobody who has proved who he is
ALTER TABLE audit_log DROP CONSTRAINT audit_log_actor_check;
ALTER TABLE audit_log ADD CONSTRAINT audit_log_actor_check CHECK (actor ~ '^((user|key|cli):.|anonymous$)');

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

-- What is there becomes the start of the chain, numbered anew: no number is larger than it was, so none is taken.
DO $$
DECLARE
    entry audit_log;
    former bigint;
    head audit_head;
BEGIN
    SELECT * INTO STRICT head FROM audit_head;
    FOR entry IN SELECT * FROM audit_log ORDER BY audit_id LOOP
        former := entry.audit_id;
        entry.audit_id := head.entries + 1;
        entry.hash := audit_entry_hash(head.hash, entry);
        UPDATE audit_log SET audit_id = entry.audit_id, hash = entry.hash WHERE audit_id = former;
        head.entries := entry.audit_id;
        head.hash := entry.hash;
    END LOOP;
    UPDATE audit_head SET entries = head.entries, hash = head.hash;
END
$$;

ALTER TABLE audit_log ALTER COLUMN hash SET NOT NULL;
ALTER TABLE audit_log ADD CONSTRAINT audit_log_hash_check CHECK (octet_length(hash) = 32);

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

REVOKE INSERT ON audit_log FROM camet_gateway;
GRANT INSERT (actor, tenant_id, action, object, detail, address, request_id) ON audit_log TO camet_gateway;
GRANT SELECT ON audit_head TO camet_gateway;
GRANT SELECT, INSERT ON user_query TO camet_gateway;
GRANT EXECUTE ON FUNCTION forget_old_records(integer, integer) TO camet_gateway;
