-- What the pages need: sessions of people in a browser, counts of downloads, reports of abuse.

CREATE TABLE sessions (
    hash {blob} PRIMARY KEY,             -- SHA-256 of the cookie; the cookie itself is nowhere
    account TEXT NOT NULL REFERENCES accounts (account),
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL
);
CREATE INDEX sessions_of ON sessions (account);
CREATE INDEX sessions_end ON sessions (expires);

CREATE TABLE downloads (
    release TEXT PRIMARY KEY,            -- digest of the image manifest
    publisher TEXT NOT NULL,
    skill TEXT NOT NULL,
    number BIGINT NOT NULL
);
CREATE INDEX downloads_of ON downloads (publisher, skill);

CREATE TABLE reports (
    id TEXT PRIMARY KEY,                 -- UUID version 7: in order of time
    publisher TEXT NOT NULL,
    skill TEXT NOT NULL,
    version TEXT,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    contact TEXT NOT NULL,
    account TEXT,                        -- who was signed in, if anybody was
    at BIGINT NOT NULL,
    closed BIGINT,
    closed_by TEXT,
    outcome TEXT
);
CREATE INDEX reports_open ON reports (closed, id);
