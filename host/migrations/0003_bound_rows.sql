-- Rows that decide are bound to the host that wrote them: see host/src/journal/bound.rs. A row without a mac is refused.

ALTER TABLE approvals ADD COLUMN mac TEXT;
ALTER TABLE accounts ADD COLUMN mac TEXT;
ALTER TABLE payees ADD COLUMN mac TEXT;
ALTER TABLE channels ADD COLUMN mac TEXT;
ALTER TABLE compiled ADD COLUMN mac TEXT;

-- A mandate carries what is taken from it, so that a use which was removed does not give anything back.
ALTER TABLE mandates ADD COLUMN used_bucket TEXT;                   -- period that `used` is of
ALTER TABLE mandates ADD COLUMN used BIGINT NOT NULL DEFAULT 0;     -- counted in that period
ALTER TABLE mandates ADD COLUMN uses BIGINT NOT NULL DEFAULT 0;     -- uses ever, counted or not
ALTER TABLE mandates ADD COLUMN mac TEXT;

ALTER TABLE mandate_uses ADD COLUMN seq BIGINT;                     -- from 1, for each mandate
ALTER TABLE mandate_uses ADD COLUMN mac TEXT;
CREATE UNIQUE INDEX mandate_uses_in_order ON mandate_uses (mandate, seq);
CREATE INDEX mandate_uses_of_run ON mandate_uses (run, idx);
