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
GRANT SELECT, INSERT, UPDATE ON scheduled_work TO camet_gateway;
