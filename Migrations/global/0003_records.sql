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
    audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- user:<id>, key:<public_id> or cli:<name>; no reference, entries outlive whom they name
    actor text NOT NULL CHECK (actor ~ '^(user|key|cli):.'),
    tenant_id integer,
    action text NOT NULL CHECK (action ~ '^[a-z][a-z0-9_.]{0,63}$'),
    object text CHECK (char_length(object) <= 255),
    detail jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(detail) = 'object'),
    address inet,
    request_id text CHECK (char_length(request_id) <= 128)
);
CREATE INDEX audit_log_tenant ON audit_log (tenant_id, audit_id);
