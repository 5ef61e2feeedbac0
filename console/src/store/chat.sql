-- Chats: through which service, who is bound to which sender, who was told of which run. Ids, hashes and times; no text of a
-- message and no fact of a card.
CREATE TABLE chat_services (
    service TEXT PRIMARY KEY,
    -- What is no secret of it, as JSON.
    settings TEXT NOT NULL,
    -- Its secrets, sealed under the console's key.
    sealed TEXT NOT NULL,
    changed BIGINT NOT NULL,
    -- The first update that was not looked at yet.
    next_update BIGINT NOT NULL DEFAULT 0,
    -- Which process asks for updates, and until when that counts: the service takes one at a time.
    leased_by TEXT,
    leased_until BIGINT NOT NULL DEFAULT 0
);

-- Codes that bind whoever sends one to a person, once.
CREATE TABLE chat_codes (
    hash {blob} PRIMARY KEY,
    service TEXT NOT NULL,
    person TEXT NOT NULL REFERENCES people (id),
    expires BIGINT NOT NULL
);

CREATE TABLE chat_bindings (
    service TEXT NOT NULL,
    -- As the service names who sends.
    sender TEXT NOT NULL,
    person TEXT NOT NULL REFERENCES people (id),
    bound BIGINT NOT NULL,
    -- When the sender last wrote.
    heard BIGINT NOT NULL,
    PRIMARY KEY (service, sender)
);
CREATE UNIQUE INDEX chat_bindings_person ON chat_bindings (service, person);

-- Who was told of which run: a row before it is sent, so that nobody is told twice.
CREATE TABLE chat_notices (
    id {serial},
    run TEXT NOT NULL,
    person TEXT NOT NULL REFERENCES people (id),
    service TEXT NOT NULL,
    sender TEXT NOT NULL,
    effect_set TEXT NOT NULL,
    state TEXT NOT NULL,
    -- The message, as the service names it.
    message TEXT,
    changed BIGINT NOT NULL
);
CREATE UNIQUE INDEX chat_notices_once ON chat_notices (run, person, service);
CREATE INDEX chat_notices_state ON chat_notices (state);

-- Random handles of buttons: all that a button carries.
CREATE TABLE chat_handles (
    hash {blob} PRIMARY KEY,
    notice BIGINT NOT NULL,
    person TEXT NOT NULL,
    run TEXT NOT NULL,
    effect_set TEXT NOT NULL,
    choice TEXT NOT NULL,
    until BIGINT NOT NULL,
    -- Which update used it: the same update may come again after a restart, and is then finished.
    used_by BIGINT
);
CREATE INDEX chat_handles_notice ON chat_handles (notice);

-- What a service told us already.
CREATE TABLE chat_seen (
    service TEXT NOT NULL,
    id TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (service, id)
);
