-- Passkeys of people, and challenges that one of them may answer, once.
CREATE TABLE passkeys (
    -- The credential's own identifier.
    id {blob} PRIMARY KEY,
    person TEXT NOT NULL REFERENCES people (id),
    -- What its person calls it.
    name TEXT NOT NULL,
    -- COSE algorithm: -7, -8 or -257.
    alg BIGINT NOT NULL,
    -- The public key, as the signature check takes it.
    public_key {blob} NOT NULL,
    -- How often it was used, as it says itself; 0: it does not count.
    counter BIGINT NOT NULL,
    created BIGINT NOT NULL,
    used BIGINT
);
CREATE INDEX passkeys_person ON passkeys (person);

CREATE TABLE challenges (
    -- SHA-256 of the challenge; the challenge itself is nowhere.
    hash {blob} PRIMARY KEY,
    -- sign-in, register, decide or confirm.
    purpose TEXT NOT NULL,
    -- The hash of the session or the cookie that asked.
    bound {blob} NOT NULL,
    -- Who may answer; none: whoever signs in.
    person TEXT,
    -- One hash over the runs and the effects that were shown, or over what is confirmed; empty for everything else.
    subject TEXT NOT NULL,
    expires BIGINT NOT NULL
);
CREATE INDEX challenges_end ON challenges (expires);
