-- A payment key is a digest, so that each order touches a page of its own in every index of keys: one index has to do. What is in
-- force has payments_once; this is for the rest, which are few.
DROP INDEX payments_by_key;
-- All that a tenant has ordered, one after the other.
CREATE INDEX payments_of_tenant ON payments (tenant, run);
CREATE INDEX payments_given_up ON payments (tenant, key) WHERE hold NOT IN ('none', 'held', 'captured');
