-- Most runs compute and do nothing else, and thousands of them are of one kind: the same operation of the same skill, with the same
-- grants and limits. What they have in common stands once, and a run has what is its own.
CREATE TABLE run_kinds (
    id            BLOB PRIMARY KEY,     -- SHA-256 of what follows, but for `until`
    tenant        TEXT NOT NULL,
    skill_digest  TEXT NOT NULL,
    skill_version TEXT,
    trust         TEXT NOT NULL,
    operation     TEXT NOT NULL,
    grants        TEXT NOT NULL,
    grants_hash   TEXT NOT NULL,
    does_not      TEXT NOT NULL,
    locale        TEXT NOT NULL,
    limits        TEXT NOT NULL,
    clock_fixed   BIGINT NOT NULL,
    facts         TEXT NOT NULL,        -- what their facts have in common
    until         BIGINT NOT NULL       -- all of them began before this: the end of a day
);
CREATE INDEX run_kinds_of_tenant ON run_kinds (tenant);

-- A run with a kind has empty texts in the columns of that name, and these commitments (input, output, seed) instead of facts.
ALTER TABLE runs ADD COLUMN kind BLOB;
ALTER TABLE runs ADD COLUMN commitments BLOB;

-- Runs with what they have of their kind.
CREATE VIEW whole_runs AS
SELECT r.id, r.tenant, r.owner, COALESCE(k.skill_digest, r.skill_digest) AS skill_digest, r.skill_name,
    COALESCE(k.skill_version, r.skill_version) AS skill_version, COALESCE(k.trust, r.trust) AS trust,
    COALESCE(k.operation, r.operation) AS operation, r.status, r.retention, r.input, r.output, r.failure,
    COALESCE(k.grants, r.grants) AS grants, COALESCE(k.grants_hash, r.grants_hash) AS grants_hash, r.effect_set,
    r.effect_set_hash, r.contacted, COALESCE(k.does_not, r.does_not) AS does_not, r.refusals, r.logs, r.fuel, r.wall_ms,
    r.memory_bytes, r.host_calls, r.bytes_in, r.bytes_out, r.log_dropped, r.effects, r.stored_bytes, r.seed,
    r.started_now_ms, r.created_at, r.ended_at, r.expires_at, r.settings, COALESCE(k.locale, r.locale) AS locale,
    COALESCE(k.limits, r.limits) AS limits, COALESCE(k.clock_fixed, r.clock_fixed) AS clock_fixed, r.sent, r.facts,
    r.commitments, k.facts AS kind_facts
FROM runs r LEFT JOIN run_kinds k ON k.id = r.kind;
