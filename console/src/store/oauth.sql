-- Programs that made themselves known, so that a person can be asked to let them in.
CREATE TABLE oauth_clients (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    -- Where each may be sent back to, as a JSON list.
    redirects TEXT NOT NULL,
    created BIGINT NOT NULL
);

-- Codes that a program has changed into tokens, or may for a minute. A code that was used stays until its time is over: who
-- comes with it again is not who it was given to.
CREATE TABLE oauth_codes (
    hash {blob} PRIMARY KEY,
    client TEXT NOT NULL REFERENCES oauth_clients (id),
    redirect TEXT NOT NULL,
    challenge {blob} NOT NULL,
    agent TEXT NOT NULL REFERENCES agents (id),
    expires BIGINT NOT NULL,
    used BIGINT
);

-- What renews a token, once.
CREATE TABLE oauth_renewals (
    hash {blob} PRIMARY KEY,
    client TEXT NOT NULL REFERENCES oauth_clients (id),
    agent TEXT NOT NULL REFERENCES agents (id),
    expires BIGINT NOT NULL,
    used BIGINT
);
