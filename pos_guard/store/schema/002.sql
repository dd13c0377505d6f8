-- Version 2: payment codes are known from their first scan on, and the shop's own static codes.

-- What was here before had been charged.
ALTER TABLE codes ADD COLUMN used INTEGER NOT NULL DEFAULT 1 CHECK (used IN (0, 1));
ALTER TABLE codes ADD COLUMN typed INTEGER NOT NULL DEFAULT 0 CHECK (typed IN (0, 1));
CREATE INDEX codes_by_age ON codes (boot_id, boot_us);

-- Keyed hash of the whole code, and what could be read in it: payees and details are JSON.
CREATE TABLE stickers (
    name          TEXT PRIMARY KEY,
    place         TEXT NOT NULL,
    kind          TEXT NOT NULL,
    scheme        TEXT,
    masked        TEXT NOT NULL,
    payload       TEXT NOT NULL UNIQUE,
    payees        TEXT NOT NULL CHECK (json_valid(payees)),
    details       TEXT NOT NULL CHECK (json_valid(details)),
    added_by      TEXT NOT NULL,
    added_us      INTEGER NOT NULL,
    checked_by    TEXT,
    checked_us    INTEGER,
    checked_as    TEXT
) STRICT, WITHOUT ROWID;
