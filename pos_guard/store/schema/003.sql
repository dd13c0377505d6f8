-- Version 3. People: shifts, second factors, payer tokens of staff, tiers; overrides and break-glass.

-- Which pepper the PIN was hashed with: 0 is the first one, each rotation adds another.
ALTER TABLE people ADD COLUMN pepper INTEGER NOT NULL DEFAULT 0;
ALTER TABLE people ADD COLUMN tier TEXT NOT NULL DEFAULT 'regular'
    CHECK (tier IN ('probation', 'regular'));
-- Wall time at which probation ends; NULL: until somebody ends it.
ALTER TABLE people ADD COLUMN tier_until_us INTEGER;

-- TOTP secrets, encrypted under a key of the key store. A step is used once.
CREATE TABLE second_factors (
    person    TEXT PRIMARY KEY REFERENCES people (id),
    secret    BLOB NOT NULL,
    pepper    INTEGER NOT NULL,
    last_step INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE shifts (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    operator      TEXT NOT NULL REFERENCES people (id),
    terminal      TEXT NOT NULL,
    boot_id       TEXT NOT NULL,
    boot_us       INTEGER NOT NULL,
    wall_us       INTEGER NOT NULL,
    ended_boot_id TEXT,
    ended_boot_us INTEGER,
    ended_wall_us INTEGER
) STRICT;

CREATE UNIQUE INDEX shifts_open ON shifts (operator, terminal) WHERE ended_wall_us IS NULL;
CREATE INDEX shifts_by_operator ON shifts (operator, terminal, id);

-- Keyed hashes of codes that staff pay with; kept when somebody leaves.
CREATE TABLE staff_tokens (
    token    TEXT PRIMARY KEY,
    person   TEXT NOT NULL REFERENCES people (id),
    added_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Overrides and break-glass: what is allowed for a while, sealed, so that an edit is seen.
CREATE TABLE grants (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    kind          TEXT NOT NULL CHECK (kind IN ('override', 'break-glass')),
    terms         TEXT NOT NULL CHECK (json_valid(terms)),
    person        TEXT NOT NULL,
    reason        TEXT NOT NULL,
    boot_id       TEXT NOT NULL,
    boot_us       INTEGER NOT NULL,
    wall_us       INTEGER NOT NULL,
    until_boot_us INTEGER NOT NULL,
    until_wall_us INTEGER NOT NULL,
    seal          TEXT NOT NULL,
    ended_wall_us INTEGER,
    ended_by      TEXT,
    reported      INTEGER NOT NULL DEFAULT 0 CHECK (reported IN (0, 1))
) STRICT;

CREATE INDEX grants_open ON grants (kind, boot_id) WHERE ended_wall_us IS NULL;
