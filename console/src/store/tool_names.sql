-- Names of tools, and the skill that each belongs to for good: also after that was taken away.
CREATE TABLE tool_names (
    name TEXT PRIMARY KEY,
    skill TEXT NOT NULL,
    at BIGINT NOT NULL
);
