-- Agents: programs that may propose. What each reaches is here; what it did is in the host's journal.
CREATE TABLE agents (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    -- Skills that it may use, as a JSON list of publisher/skill; none: all that are installed.
    skills TEXT,
    -- What each of its runs carries, as JSON: names and places, no content.
    grants TEXT NOT NULL,
    retention TEXT NOT NULL,
    by_person TEXT NOT NULL REFERENCES people (id),
    created BIGINT NOT NULL,
    -- An agent that was removed stays as a row: runs name it.
    removed BIGINT
);

-- Tokens of agents: all that is here is for agents; a token for approving has another table.
CREATE TABLE agent_tokens (
    hash {blob} PRIMARY KEY,
    agent TEXT NOT NULL REFERENCES agents (id),
    -- The program that it was given to by way of a page; none: a person copied it.
    client TEXT,
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    -- When it was last used, to the minute.
    used BIGINT
);
CREATE INDEX agent_tokens_agent ON agent_tokens (agent);
