-- Orders: those that are open, until they expire, and those that were paid, for ever.
CREATE TABLE orders (
    id TEXT PRIMARY KEY,                 -- digest of what it names
    merchant TEXT NOT NULL,              -- public key of the merchant's host
    publisher TEXT NOT NULL,
    skill TEXT NOT NULL,                 -- publisher/skill
    purchase BIGINT NOT NULL,
    period BIGINT NOT NULL,
    document TEXT NOT NULL,              -- JSON of the order
    currency TEXT NOT NULL,
    minor BIGINT NOT NULL,
    covers_until BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    paid BIGINT,                         -- when the receipt was presented
    invocation TEXT,                     -- the run of that receipt, and the effect in it
    effect BIGINT,
    author BIGINT NOT NULL DEFAULT 0,    -- the author's part, and the marketplace's
    fee BIGINT NOT NULL DEFAULT 0,
    settled BIGINT NOT NULL DEFAULT 0,   -- how much of it the merchant has settled, and the author's part of that
    settled_author BIGINT NOT NULL DEFAULT 0,
    refunded BIGINT,
    back BIGINT NOT NULL DEFAULT 0,      -- what was paid back, and the author's part of that
    back_author BIGINT NOT NULL DEFAULT 0,
    note TEXT,                           -- JSON of the credit note
    listed_until BIGINT                  -- the status lists it as refunded before then
);
CREATE UNIQUE INDEX orders_receipt ON orders (merchant, invocation, effect) WHERE paid IS NOT NULL;
CREATE INDEX orders_of ON orders (merchant, currency, paid);
CREATE INDEX orders_skill ON orders (merchant, skill, purchase, period);
CREATE INDEX orders_open ON orders (expires) WHERE paid IS NULL;
CREATE INDEX orders_sold ON orders (publisher, paid);
CREATE INDEX orders_back ON orders (publisher, refunded);
CREATE INDEX orders_listed ON orders (listed_until) WHERE listed_until IS NOT NULL;

-- A merchant's purchases of a skill, one after the other.
CREATE TABLE purchases (
    merchant TEXT NOT NULL,
    skill TEXT NOT NULL,
    number BIGINT NOT NULL,
    model TEXT NOT NULL,
    began BIGINT NOT NULL,               -- months are counted from it
    cancelled BIGINT,
    ended BIGINT,                        -- by a refund
    PRIMARY KEY (merchant, skill, number)
);

-- Double entry, only ever added to: the legs of one transfer sum to zero, and the key lets a transfer happen once.
-- Accounts: merchant:KEY (debit: he owes), author:PUBLISHER (credit: he is owed), income, bank.
CREATE TABLE ledger (
    transfer TEXT NOT NULL,              -- capture:ORDER, refund:ORDER, settle:REFERENCE
    leg BIGINT NOT NULL,
    account TEXT NOT NULL,
    currency TEXT NOT NULL,
    minor BIGINT NOT NULL,               -- credit positive, debit negative
    at BIGINT NOT NULL,
    PRIMARY KEY (transfer, leg)
);
CREATE INDEX ledger_account ON ledger (account, currency);

CREATE TABLE settlements (
    reference TEXT PRIMARY KEY,
    merchant TEXT NOT NULL,
    currency TEXT NOT NULL,
    minor BIGINT NOT NULL,
    at BIGINT NOT NULL,
    account TEXT NOT NULL                -- who entered it
);
CREATE INDEX settlements_of ON settlements (merchant, currency);

-- How much a merchant may owe, where the operator decided so.
CREATE TABLE credit (
    merchant TEXT NOT NULL,
    currency TEXT NOT NULL,
    minor BIGINT NOT NULL,
    PRIMARY KEY (merchant, currency)
);
