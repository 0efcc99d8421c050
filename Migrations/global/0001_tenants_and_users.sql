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
