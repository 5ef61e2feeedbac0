-- Files that people gave to runs: folders of this machine that are removed when their run is over.
CREATE TABLE uploads (
    -- The run, which has its identifier before it begins; also the name of the folder.
    run TEXT PRIMARY KEY,
    -- Who gave them.
    person TEXT NOT NULL,
    -- Over the names and digests of the files.
    digest TEXT NOT NULL,
    path TEXT NOT NULL,
    -- Removed at the latest then, unless the run is still under way.
    until BIGINT NOT NULL
);

-- What a merchant set for a skill: its configuration, and nothing of any run.
CREATE TABLE skill_settings (
    skill TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    person TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (skill, name)
);
