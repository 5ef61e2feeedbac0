-- What was paid out to publishers, outside: each also a transfer payout:REFERENCE of the ledger, from author:PUBLISHER to bank.
CREATE TABLE payouts (
    id TEXT PRIMARY KEY,                 -- digest of the reference, by which it counts once
    reference TEXT NOT NULL,
    publisher TEXT NOT NULL,
    currency TEXT NOT NULL,
    minor BIGINT NOT NULL,
    note TEXT NOT NULL,                  -- empty: none
    at BIGINT NOT NULL,
    account TEXT NOT NULL                -- who entered it
);
CREATE INDEX payouts_of ON payouts (publisher, at);
