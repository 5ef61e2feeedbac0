-- People, how they sign in, and who changed what about them.
CREATE TABLE people (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    role TEXT NOT NULL,
    -- argon2id; none until the person has set one.
    password TEXT,
    created BIGINT NOT NULL,
    -- A person who was removed stays as a row: decisions name them.
    removed BIGINT
);
CREATE UNIQUE INDEX people_name ON people (name_key) WHERE removed IS NULL;

CREATE TABLE sessions (
    hash {blob} PRIMARY KEY,
    person TEXT NOT NULL REFERENCES people (id),
    -- When the password or the passkey was proved.
    begun BIGINT NOT NULL,
    -- When a person last asked for something with it.
    seen BIGINT NOT NULL,
    expires BIGINT NOT NULL
);
CREATE INDEX sessions_person ON sessions (person);

-- Links that let one person set a password, once.
CREATE TABLE invitations (
    hash {blob} PRIMARY KEY,
    person TEXT NOT NULL REFERENCES people (id),
    expires BIGINT NOT NULL
);

-- Links that make the first owner. Empty once there is one.
CREATE TABLE first_starts (
    hash {blob} PRIMARY KEY,
    expires BIGINT NOT NULL
);

-- Attempts to sign in that failed in a row, by person and by address.
CREATE TABLE failures (
    subject TEXT PRIMARY KEY,
    count BIGINT NOT NULL,
    last BIGINT NOT NULL,
    locked_until BIGINT NOT NULL
);

-- What was changed about people. It only grows.
CREATE TABLE people_changes (
    id {serial},
    at BIGINT NOT NULL,
    -- Who did it; none: the person that makes the first start.
    by_person TEXT,
    person TEXT NOT NULL,
    what TEXT NOT NULL,
    role TEXT
);
