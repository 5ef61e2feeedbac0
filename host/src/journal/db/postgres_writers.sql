-- Who has written, with the number of the last turn that was kept: a writer that did not hear the end of its transaction looks
-- for its number here.
CREATE TABLE writers (
    id   TEXT COLLATE "C" PRIMARY KEY,
    turn BIGINT NOT NULL,
    at   BIGINT NOT NULL
);
