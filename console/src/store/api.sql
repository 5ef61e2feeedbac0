-- What the doors for programs keep: identifiers, hashes and times. Nothing of an input, an answer or a payment.

-- Which agent asked for a run: it may look at that one.
CREATE TABLE asked_runs (
    run TEXT PRIMARY KEY,
    asker TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX asked_runs_by ON asked_runs (asker, run);

-- Requests that may be sent again, by the key that came with them.
CREATE TABLE requests (
    asker TEXT NOT NULL,
    -- SHA-256 of the key.
    request_key {blob} NOT NULL,
    -- SHA-256 of what was asked.
    request {blob} NOT NULL,
    -- The run that it makes or decides about.
    run TEXT NOT NULL,
    -- 1: it was answered.
    answered BIGINT NOT NULL,
    until BIGINT NOT NULL,
    PRIMARY KEY (asker, request_key)
);
CREATE INDEX requests_until ON requests (until);

-- Tokens of programs that stand in for a person. What agents have is in another table: a row of one can't become the other.
CREATE TABLE approver_tokens (
    id TEXT PRIMARY KEY,
    -- SHA-256 of the token.
    hash {blob} NOT NULL UNIQUE,
    person TEXT NOT NULL REFERENCES people (id),
    label TEXT NOT NULL,
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    revoked BIGINT
);
CREATE INDEX approver_tokens_person ON approver_tokens (person);

-- Programs elsewhere that are told of events. Their secrets are made from the console's key and stand nowhere.
CREATE TABLE hooks (
    id TEXT PRIMARY KEY,
    url TEXT NOT NULL,
    -- Counts how often the secret was changed.
    generation BIGINT NOT NULL,
    -- Until when the secret before this one signs as well.
    old_until BIGINT NOT NULL,
    created BIGINT NOT NULL,
    -- Since when nothing was delivered; none: the last was.
    failing_since BIGINT,
    disabled BIGINT,
    removed BIGINT
);

-- What is told to each of them, once.
CREATE TABLE hook_messages (
    -- The webhook-id: the same in every attempt.
    id TEXT PRIMARY KEY,
    hook TEXT NOT NULL REFERENCES hooks (id),
    event TEXT NOT NULL,
    run TEXT NOT NULL,
    status TEXT NOT NULL,
    at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    -- When it is sent next; none: it is over.
    due BIGINT,
    delivered BIGINT,
    -- What the last attempt came to, in a few words of this program.
    said TEXT,
    UNIQUE (hook, event, run, status)
);
CREATE INDEX hook_messages_due ON hook_messages (due);
CREATE INDEX hook_messages_of ON hook_messages (hook, at);

-- Up to where the audit log was read for events.
CREATE TABLE hook_place (
    one BIGINT PRIMARY KEY,
    seq BIGINT NOT NULL
);
