-- States that agents' clients carried between two rounds of a call and that were used up: their numbers, no content.
CREATE TABLE states_used (
    nonce TEXT PRIMARY KEY,
    until_ms BIGINT NOT NULL
);
CREATE INDEX states_used_until ON states_used (until_ms);
