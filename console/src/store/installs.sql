-- Installations that programs asked for and look at later, in whichever process.
CREATE TABLE installs (
    id TEXT PRIMARY KEY,
    -- Who consented.
    person TEXT NOT NULL REFERENCES people (id),
    begun BIGINT NOT NULL,
    -- Until when the process that works on it was heard of.
    heard_until BIGINT NOT NULL,
    -- When it ended; none: it has not, or its process is gone.
    ended BIGINT,
    -- What is installed now as it was not before, as JSON.
    skills TEXT,
    -- Why nothing was installed, as a problem in JSON.
    problem TEXT
);
CREATE INDEX installs_begun ON installs (begun);
