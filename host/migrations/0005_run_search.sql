-- Runs of one skill are listed, counted and paged without reading those of others.
CREATE INDEX runs_by_skill ON runs (tenant, skill_name, id);
