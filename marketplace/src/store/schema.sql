-- One text for both databases. {blob} is BLOB or BYTEA, {serial} a number that counts up by itself.
-- Times are milliseconds since 1970 UTC.

CREATE TABLE accounts (
    account TEXT PRIMARY KEY,
    password TEXT NOT NULL,              -- argon2id, PHC text
    roles TEXT NOT NULL,                 -- JSON list
    created BIGINT NOT NULL
);

CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (account),
    hash {blob} NOT NULL UNIQUE,         -- SHA-256 of the token; the token itself is nowhere
    label TEXT NOT NULL,
    scopes TEXT NOT NULL,                -- JSON list
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    revoked BIGINT
);
CREATE INDEX tokens_of ON tokens (account, id);

-- Failed logins, by account (a:NAME) and by address (i:ADDRESS).
CREATE TABLE failures (
    subject TEXT PRIMARY KEY,
    count BIGINT NOT NULL,
    last BIGINT NOT NULL,
    locked_until BIGINT NOT NULL
);

CREATE TABLE publishers (
    publisher TEXT PRIMARY KEY,
    granted BIGINT NOT NULL
);

CREATE TABLE members (
    publisher TEXT NOT NULL REFERENCES publishers (publisher),
    account TEXT NOT NULL REFERENCES accounts (account),
    role TEXT NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (publisher, account)
);
CREATE INDEX members_of ON members (account);

CREATE TABLE publisher_keys (
    key TEXT PRIMARY KEY,                -- its id; a key belongs to one publisher
    publisher TEXT NOT NULL REFERENCES publishers (publisher),
    public_key TEXT NOT NULL,
    granted BIGINT NOT NULL,
    revoked_from BIGINT,
    replaced_by TEXT
);
CREATE INDEX keys_of ON publisher_keys (publisher, granted);

CREATE TABLE key_challenges (
    challenge TEXT PRIMARY KEY,
    publisher TEXT NOT NULL REFERENCES publishers (publisher),
    expires BIGINT NOT NULL
);

CREATE TABLE publishes (
    id TEXT PRIMARY KEY,                 -- UUID version 7: in order of time
    publisher TEXT NOT NULL REFERENCES publishers (publisher),
    skill TEXT NOT NULL,
    version TEXT NOT NULL,
    release TEXT NOT NULL UNIQUE,        -- digest of the image manifest
    component TEXT NOT NULL,
    bytes BIGINT NOT NULL,               -- length of the component
    manifest_bytes BIGINT NOT NULL,      -- length of the image manifest
    config TEXT NOT NULL,
    golden TEXT,
    statement TEXT NOT NULL,             -- digest of the publisher statement
    key TEXT NOT NULL REFERENCES publisher_keys (key),
    facts TEXT NOT NULL,                 -- JSON: what its bytes and manifest say
    account TEXT NOT NULL REFERENCES accounts (account),
    state TEXT NOT NULL,
    staged BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    claimed_by TEXT,                     -- process that reviews it, and until when it is believed to
    claimed_until BIGINT,
    report TEXT,                         -- digest of the review report
    findings TEXT NOT NULL,              -- JSON list
    wider TEXT NOT NULL,                 -- JSON list
    reason TEXT,
    decided_by TEXT,
    review TEXT,                         -- digest of the review statement
    referrers TEXT NOT NULL,             -- JSON list: what is attached to the release
    log_index BIGINT,
    yanked BIGINT,
    revoked BIGINT
);
-- A version belongs to one publish, unless that was refused or came to no verdict.
CREATE UNIQUE INDEX publishes_version ON publishes (publisher, skill, version)
    WHERE state IN ('staged', 'reviewing', 'passed', 'held', 'released');
CREATE INDEX publishes_state ON publishes (state, id);
CREATE INDEX publishes_of ON publishes (publisher, id);
CREATE INDEX publishes_log ON publishes (log_index);

-- Entries that wait for their place in the log. Written with the change that they tell of.
CREATE TABLE log_pending (
    id {serial},
    entry {blob} NOT NULL,
    publish TEXT                         -- the publish that becomes a release
);

-- Tiles (level 0 and up) and bundles of entries (level -1), each as wide as it has become.
CREATE TABLE log_tiles (
    level BIGINT NOT NULL,
    tile BIGINT NOT NULL,
    width BIGINT NOT NULL,
    bytes {blob} NOT NULL,
    PRIMARY KEY (level, tile)
);

-- `appended`: what the tiles hold; signed by the log. `published`: what is shown; cosigned.
CREATE TABLE log_heads (
    kind TEXT PRIMARY KEY,
    size BIGINT NOT NULL,
    root {blob} NOT NULL,
    note {blob} NOT NULL
);

-- How much of the log each witness has cosigned, as far as is known here.
CREATE TABLE log_witnesses (
    witness TEXT PRIMARY KEY,
    size BIGINT NOT NULL
);
