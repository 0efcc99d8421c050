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
GRANT SELECT, INSERT, UPDATE ON tenant_usage TO camet_gateway;
