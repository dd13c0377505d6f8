-- Version 5. Audit: tree, checkpoints, search index, segments.

-- The peaks of the Merkle tree, sealed with the head; NULL in a log that an older program wrote.
ALTER TABLE audit_head ADD COLUMN peaks BLOB;

-- Which terms stand in which records, and the wall times of each block; checked, never trusted.
CREATE TABLE audit_terms (
    term INTEGER NOT NULL,
    seq  INTEGER NOT NULL,
    PRIMARY KEY (term, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_blocks (
    last  INTEGER PRIMARY KEY,
    first INTEGER NOT NULL,
    low   INTEGER NOT NULL,
    high  INTEGER NOT NULL
) STRICT;

-- Signed notes over the first so many records.
CREATE TABLE audit_checkpoints (
    size    INTEGER PRIMARY KEY,
    note    TEXT NOT NULL,
    wall_us INTEGER NOT NULL
) STRICT;

-- Sealed segments: the state of chain and tree after the last record, and the file that holds them.
CREATE TABLE audit_segments (
    last    INTEGER PRIMARY KEY,
    first   INTEGER NOT NULL UNIQUE,
    hash    BLOB NOT NULL,
    peaks   BLOB NOT NULL,
    file    TEXT NOT NULL,
    digest  BLOB NOT NULL,
    wall_us INTEGER NOT NULL,
    dropped INTEGER NOT NULL DEFAULT 0 CHECK (dropped IN (0, 1)),
    CONSTRAINT some_records CHECK (first <= last)
) STRICT;

CREATE TRIGGER segments_stay BEFORE DELETE ON audit_segments
BEGIN SELECT RAISE(ABORT, 'sealed segments are never deleted'); END;

CREATE TRIGGER segments_are_not_edited BEFORE UPDATE ON audit_segments
WHEN NEW.dropped < OLD.dropped
    OR (NEW.last, NEW.first, NEW.hash, NEW.peaks, NEW.file, NEW.digest, NEW.wall_us)
    IS NOT (OLD.last, OLD.first, OLD.hash, OLD.peaks, OLD.file, OLD.digest, OLD.wall_us)
BEGIN SELECT RAISE(ABORT, 'sealed segments are never changed'); END;

-- Only records that a sealed segment holds may leave the database.
DROP TRIGGER audit_is_not_cut;

CREATE TRIGGER audit_is_not_cut BEFORE DELETE ON audit
WHEN NOT EXISTS (
    SELECT 1 FROM audit_segments
    WHERE OLD.seq BETWEEN first AND last AND dropped = 1
)
BEGIN SELECT RAISE(ABORT, 'audit records are never deleted'); END;
