-- What each token is for, as words. Those that were given before are for everything that an agent's token can be for.
ALTER TABLE agent_tokens ADD COLUMN scopes TEXT NOT NULL DEFAULT 'tools:call runs:read';
ALTER TABLE oauth_codes ADD COLUMN scopes TEXT NOT NULL DEFAULT 'tools:call runs:read';
ALTER TABLE oauth_renewals ADD COLUMN scopes TEXT NOT NULL DEFAULT 'tools:call runs:read';
