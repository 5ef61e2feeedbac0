-- What only several processes need. Times are milliseconds since the Unix epoch, by the server's clock.

-- Each transaction that writes changes this row first: writers of all processes take turns, and see whether there were others.
CREATE TABLE turn (
    one    BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (one),
    number BIGINT NOT NULL
);
INSERT INTO turn (number) VALUES (0);

-- Host instances, each with the last time it was heard of.
CREATE TABLE instances (
    id   TEXT COLLATE "C" PRIMARY KEY,
    beat BIGINT NOT NULL
);
