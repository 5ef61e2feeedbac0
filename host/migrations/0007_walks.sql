-- Questions that would walk a table with a row for each payment ever made: see tests/house/walks.rs.

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
