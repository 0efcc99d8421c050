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
        'tenant_suspended', 'expired', 'signed_in_again')),
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
    last_seen_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL CHECK (expires_at > created_at)
);
CREATE INDEX page_session_sid ON page_session (sid);
