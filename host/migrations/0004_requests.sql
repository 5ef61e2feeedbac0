-- A request that is sent again finds the run that it made: a digest that the embedder gives, once for each tenant.

ALTER TABLE runs ADD COLUMN request_key TEXT;
CREATE UNIQUE INDEX runs_of_request ON runs (tenant, request_key) WHERE request_key IS NOT NULL;
