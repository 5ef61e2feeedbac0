-- Money, mandates, messages, secrets, receipts, undo, audit. Amounts are minor units of ISO 4217.
-- Text that starts with 'sealed:' and bytes that start with the vault's mark are encrypted (see host/src/vault).

ALTER TABLE runs ADD COLUMN settings TEXT;      -- for replay
ALTER TABLE runs ADD COLUMN locale TEXT;
ALTER TABLE runs ADD COLUMN limits TEXT;
ALTER TABLE runs ADD COLUMN clock_fixed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN sent TEXT;          -- what left, for each destination
ALTER TABLE runs ADD COLUMN facts TEXT;         -- commitments to everything that was recorded when the guest ended

ALTER TABLE effects ADD COLUMN previous BLOB;   -- what a file write replaces, for undo
ALTER TABLE effects ADD COLUMN tried BIGINT NOT NULL DEFAULT 0; -- claims so far
ALTER TABLE effects ADD COLUMN undo TEXT;       -- undone | kept: why

ALTER TABLE approvals ADD COLUMN expires_at BIGINT;
ALTER TABLE approvals ADD COLUMN mandates TEXT; -- JSON list of mandates, where they approved

-- Accounts of the wallet. `id` is the account in the ledger: 'book:NAME' or 'bank:TENANT/NAME'.
CREATE TABLE accounts (
    id          TEXT PRIMARY KEY,
    tenant      TEXT NOT NULL,
    name        TEXT NOT NULL,
    rail        TEXT NOT NULL,                  -- book | bank-file
    currency    TEXT NOT NULL,
    iban        TEXT,
    bic         TEXT,
    holder      TEXT,
    pays        BIGINT NOT NULL,                -- 1: payments on this rail and currency leave from here
    limit_minor BIGINT,
    limit_per   TEXT,                           -- day | week | month | in-all
    zone        TEXT NOT NULL,
    ask_above   BIGINT,
    created_at  BIGINT NOT NULL,
    closed_at   BIGINT
);
CREATE UNIQUE INDEX accounts_by_name ON accounts (tenant, name);
CREATE UNIQUE INDEX accounts_that_pay ON accounts (tenant, rail, currency) WHERE pays = 1;

-- Double entry: the legs of one transfer sum to zero. The primary key lets a transfer happen once.
CREATE TABLE postings (
    transfer TEXT NOT NULL,                     -- 'hold:RUN:IDX', 'capture:RUN:IDX', ...
    leg      BIGINT NOT NULL,
    kind     TEXT NOT NULL,                     -- deposit | hold | capture | void | expire | return
    account  TEXT NOT NULL,
    currency TEXT NOT NULL,
    minor    BIGINT NOT NULL,                   -- credit positive, debit negative
    run      TEXT,
    idx      BIGINT,
    at       BIGINT NOT NULL,
    PRIMARY KEY (transfer, leg)
);
CREATE INDEX postings_by_account ON postings (account, at);

-- One row for each payment order that was ever staged; it outlives its run.
CREATE TABLE payments (
    run            TEXT NOT NULL,
    idx            BIGINT NOT NULL,
    tenant         TEXT NOT NULL,
    key            TEXT NOT NULL,
    account        TEXT NOT NULL,               -- payer, in the ledger
    rail           TEXT NOT NULL,
    scheme         TEXT NOT NULL,
    payee          TEXT NOT NULL,
    currency       TEXT NOT NULL,
    minor          BIGINT NOT NULL,
    requested_date TEXT,
    words          TEXT,                        -- sealed: name, document, reason
    hold           TEXT NOT NULL,               -- none | held | captured | void | expired
    bucket         TEXT,                        -- period of the account's limit it counts in
    bank           TEXT,                        -- queued | exported | confirmed | returned | withdrawn
    batch          TEXT,                        -- message id of the bank file
    ordered_at     BIGINT NOT NULL,
    held_at        BIGINT,
    resolved_at    BIGINT,
    mac            TEXT NOT NULL,               -- binds the facts of the order to its run, under the store's key
    PRIMARY KEY (run, idx)
);
-- The host-unique payment key, over pending orders too: two cards can't pay one document.
CREATE UNIQUE INDEX payments_once ON payments (tenant, key) WHERE hold IN ('none', 'held', 'captured');
CREATE INDEX payments_of_account ON payments (account, bucket, hold);
CREATE INDEX payments_for_the_bank ON payments (tenant, bank) WHERE bank IS NOT NULL;

CREATE TABLE bank_files (
    id         TEXT PRIMARY KEY,                -- message id
    tenant     TEXT NOT NULL,
    account    TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE payees (
    tenant     TEXT NOT NULL,
    scheme     TEXT NOT NULL,
    account    TEXT NOT NULL,
    name       TEXT,                            -- sealed
    paid_count BIGINT NOT NULL,
    last_paid  BIGINT NOT NULL,
    PRIMARY KEY (tenant, scheme, account)
);

CREATE TABLE mandates (
    id         TEXT PRIMARY KEY,
    tenant     TEXT NOT NULL,
    mandate    TEXT NOT NULL,                   -- what it covers, in typed facts
    skill      TEXT NOT NULL,
    words      TEXT NOT NULL,
    decider    TEXT NOT NULL,
    channel    TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT,
    revoked_by TEXT
);
CREATE INDEX mandates_by_skill ON mandates (tenant, skill);

CREATE TABLE mandate_uses (
    mandate TEXT NOT NULL,
    run     TEXT NOT NULL,
    idx     BIGINT NOT NULL,
    bucket  TEXT NOT NULL,
    charge  BIGINT NOT NULL,
    counted BIGINT NOT NULL,                    -- 0: the effect was not performed after all
    at      BIGINT NOT NULL,
    PRIMARY KEY (mandate, run, idx)
);
CREATE INDEX mandate_uses_by_bucket ON mandate_uses (mandate, bucket);

CREATE TABLE channels (
    tenant     TEXT NOT NULL,
    name       TEXT NOT NULL,
    config     TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, name)
);

CREATE TABLE secrets (
    tenant     TEXT NOT NULL,
    name       TEXT NOT NULL,
    host       TEXT NOT NULL,
    header     TEXT NOT NULL,
    prefix     TEXT NOT NULL,
    value      TEXT NOT NULL,                   -- sealed
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, name)
);

-- A hash chain for each tenant.
CREATE TABLE audit (
    tenant TEXT NOT NULL,
    seq    BIGINT NOT NULL,
    at     BIGINT NOT NULL,
    kind   TEXT NOT NULL,
    body   TEXT NOT NULL,
    prev   TEXT NOT NULL,
    hash   TEXT NOT NULL,
    PRIMARY KEY (tenant, seq)
);

-- Facts about the store itself, such as which key it was sealed with.
CREATE TABLE facts_of_store (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
