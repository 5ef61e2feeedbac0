-- What each agent was let in for: a token that is made for it later is for no more, also when those before it are forgotten.
ALTER TABLE agents ADD COLUMN granted TEXT NOT NULL DEFAULT 'tools:call runs:read';
-- Of several, the narrowest.
UPDATE agents SET granted = COALESCE(
    (SELECT r.scopes FROM oauth_renewals r WHERE r.agent = agents.id ORDER BY LENGTH(r.scopes) LIMIT 1),
    (SELECT t.scopes FROM agent_tokens t WHERE t.agent = agents.id ORDER BY LENGTH(t.scopes) LIMIT 1),
    granted
);
