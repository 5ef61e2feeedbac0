-- The whole transaction. Times are milliseconds since the Unix epoch; digests are 'sha256:<hex>'.
-- The same statements run on SQLite and PostgreSQL.

CREATE TABLE runs (
    id              TEXT PRIMARY KEY,
    tenant          TEXT NOT NULL,
    owner           TEXT NOT NULL,      -- host instance that works on it
    skill_digest    TEXT NOT NULL,
    skill_name      TEXT,
    skill_version   TEXT,
    trust           TEXT NOT NULL,
    operation       TEXT NOT NULL,
    status          TEXT NOT NULL,
    retention       TEXT NOT NULL,      -- full | hashes | none
    input           BLOB,
    output          BLOB,
    failure         TEXT,
    grants          TEXT NOT NULL,
    grants_hash     TEXT NOT NULL,
    effect_set      TEXT,
    effect_set_hash TEXT,
    contacted       TEXT,
    does_not        TEXT,
    refusals        TEXT,
    logs            TEXT,
    fuel            BIGINT NOT NULL DEFAULT 0,
    wall_ms         BIGINT NOT NULL DEFAULT 0,
    memory_bytes    BIGINT NOT NULL DEFAULT 0,
    host_calls      BIGINT NOT NULL DEFAULT 0,
    bytes_in        BIGINT NOT NULL DEFAULT 0,
    bytes_out       BIGINT NOT NULL DEFAULT 0,
    log_dropped     BIGINT NOT NULL DEFAULT 0,
    effects         BIGINT NOT NULL DEFAULT 0,
    stored_bytes    BIGINT NOT NULL DEFAULT 0,
    seed            BLOB,
    started_now_ms  BIGINT NOT NULL,    -- the guest's time at the start
    created_at      BIGINT NOT NULL,
    ended_at        BIGINT,
    expires_at      BIGINT
);
CREATE INDEX runs_by_tenant ON runs (tenant, id);
CREATE INDEX runs_open ON runs (status) WHERE status IN ('running', 'awaiting_approval', 'committing');

CREATE TABLE host_calls (
    run       TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    seq       BIGINT NOT NULL,
    interface TEXT NOT NULL,
    function  TEXT NOT NULL,
    class     TEXT NOT NULL,            -- read | state | staged | live-write | context
    phase     TEXT NOT NULL,            -- done | sent (a live write whose answer has not arrived)
    summary   TEXT NOT NULL,
    request   BLOB,
    response  BLOB,
    refused   TEXT,
    bytes_in  BIGINT NOT NULL,
    bytes_out BIGINT NOT NULL,
    micros    BIGINT NOT NULL,
    at        BIGINT NOT NULL,
    PRIMARY KEY (run, seq)
);

CREATE TABLE effects (
    run      TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    idx      BIGINT NOT NULL,
    rank     BIGINT NOT NULL,
    effect   TEXT NOT NULL,             -- the typed facts
    reason   TEXT,
    content  BLOB,
    state    TEXT NOT NULL,
    detail   TEXT,
    claim    TEXT,                      -- host instance that performs it
    PRIMARY KEY (run, idx)
);

CREATE TABLE approvals (
    run             TEXT PRIMARY KEY REFERENCES runs (id) ON DELETE CASCADE,
    effect_set_hash TEXT NOT NULL,
    skill_digest    TEXT NOT NULL,
    decision        TEXT NOT NULL,      -- approve | reject
    decider         TEXT NOT NULL,
    channel         TEXT NOT NULL,
    reason          TEXT,
    decided_at      BIGINT NOT NULL,
    consumed_at     BIGINT
);

CREATE TABLE state (
    tenant TEXT NOT NULL,
    skill  TEXT NOT NULL,
    key    TEXT NOT NULL,
    value  BLOB NOT NULL,
    PRIMARY KEY (tenant, skill, key)
);

-- Changes of a run whose effects wait for approval.
CREATE TABLE state_changes (
    run   TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    skill TEXT NOT NULL,
    key   TEXT NOT NULL,
    value BLOB,                         -- none: removed
    PRIMARY KEY (run, key)
);

CREATE TABLE revocations (
    digest TEXT PRIMARY KEY,
    reason TEXT NOT NULL,
    at     BIGINT NOT NULL
);

CREATE TABLE compiled (
    engine   TEXT NOT NULL,
    digest   TEXT NOT NULL,
    artefact TEXT NOT NULL,
    PRIMARY KEY (engine, digest)
);

CREATE TABLE tenants (
    tenant       TEXT PRIMARY KEY,
    stored_bytes BIGINT NOT NULL
);
