-- Questions that would walk a table with a row for each run or payment there ever was: see tests/house/walks.rs.

-- What waits, is at work, or did not go well. Most runs are completed at once, and have no entry here.
CREATE INDEX runs_unusual ON runs (tenant, status, id) WHERE status <> 'completed';

-- An order by its payment key, whatever became of it; all that a tenant has ordered.
CREATE INDEX payments_by_key ON payments (tenant, key);
-- What holds funds or waits for approval.
CREATE INDEX payments_open ON payments (tenant, ordered_at) WHERE hold IN ('none', 'held');
-- What is on its way to an account of the host's own book.
CREATE INDEX payments_held_for ON payments (payee) WHERE scheme = 'book' AND hold = 'held';
-- The orders in a file for the bank.
CREATE INDEX payments_of_batch ON payments (batch) WHERE batch IS NOT NULL;
-- What came back of one payment.
CREATE INDEX postings_of_refunds ON postings (run, idx) WHERE kind = 'refund';
-- What an account has is summed up from the index alone.
DROP INDEX postings_by_account;
CREATE INDEX postings_by_account ON postings (account, at, minor);
