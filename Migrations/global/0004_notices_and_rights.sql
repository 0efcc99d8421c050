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

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO camet_gateway;
GRANT SELECT ON tenant TO camet_gateway;
GRANT SELECT,
    INSERT (username, username_folded, email, email_folded, password_hash, locale, disabled_at),
    UPDATE (username, username_folded, email, email_folded, password_hash, locale, disabled_at)
    ON app_user TO camet_gateway;
GRANT SELECT, INSERT, UPDATE, DELETE
    ON membership, api_key, session_family, refresh_token, page_session TO camet_gateway;
GRANT SELECT, INSERT ON user_login, audit_log TO camet_gateway;
