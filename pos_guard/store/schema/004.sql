-- Version 4. Ledger: freezes, carts, batches; what the counters read.

-- Why a request was refused, in the words of a verdict; NULL for entries that were not.
ALTER TABLE entries ADD COLUMN refused_for TEXT;

-- What goes back goes to whom the sale was paid by, also where the refund itself does not say.
UPDATE entries SET payer_token = (
    SELECT paid.payer_token FROM entries AS paid
    WHERE paid.sale_id = entries.sale_id AND paid.payer_token IS NOT NULL
    ORDER BY paid.id LIMIT 1
)
WHERE payer_token IS NULL AND sale_id IS NOT NULL
AND kind IN ('completion_void', 'refund', 'reversal', 'void');

CREATE INDEX entries_by_operator ON entries (operator, wall_us) WHERE operator IS NOT NULL;
CREATE INDEX entries_by_operator_kind ON entries (operator, kind, wall_us)
WHERE operator IS NOT NULL;
CREATE INDEX entries_by_kind ON entries (kind, wall_us);
CREATE INDEX entries_by_payer ON entries (payer_token, wall_us) WHERE payer_token IS NOT NULL;

-- Submitted, and not known to have failed; the operation as policies name it.
CREATE VIEW counted AS
SELECT *, iif(kind = 'refund' AND sale_id IS NULL, 'refund_unreferenced', kind) AS operation
FROM entries WHERE phase IN ('posted', 'reserved', 'unknown');

-- The view above added up by quarters of an hour, for each operator and (operator '') for all: the
-- offsets of all time zones are whole quarters, so that any shop's day is made of them.
CREATE TABLE tallies (
    operator  TEXT NOT NULL,
    operation TEXT NOT NULL,
    quarter   INTEGER NOT NULL,
    amount    INTEGER NOT NULL,
    count     INTEGER NOT NULL,
    PRIMARY KEY (operator, operation, quarter)
) STRICT, WITHOUT ROWID;

-- The same of each operator by days of UTC, for months.
CREATE TABLE days (
    operator  TEXT NOT NULL,
    day       INTEGER NOT NULL,
    operation TEXT NOT NULL,
    amount    INTEGER NOT NULL,
    count     INTEGER NOT NULL,
    PRIMARY KEY (operator, day, operation)
) STRICT, WITHOUT ROWID;

INSERT INTO tallies
SELECT '', operation, wall_us / 900000000, sum(coalesce(amount, 0)), count(*)
FROM counted GROUP BY 2, 3;
INSERT INTO tallies
SELECT operator, operation, wall_us / 900000000, sum(coalesce(amount, 0)), count(*)
FROM counted WHERE operator IS NOT NULL GROUP BY 1, 2, 3;
INSERT INTO days
SELECT operator, wall_us / 86400000000, operation, sum(coalesce(amount, 0)), count(*)
FROM counted WHERE operator IS NOT NULL GROUP BY 1, 2, 3;

-- What changes in the sums: written by the triggers below, empty in between.
CREATE VIEW tallied AS
SELECT NULL AS operator, NULL AS operation, NULL AS wall_us, NULL AS amount, NULL AS count;

CREATE TRIGGER tallied_is_added INSTEAD OF INSERT ON tallied
BEGIN
    INSERT INTO tallies
    SELECT '', NEW.operation, NEW.wall_us / 900000000, NEW.amount, NEW.count WHERE true
    ON CONFLICT DO UPDATE SET amount = amount + excluded.amount, count = count + excluded.count;
    INSERT INTO tallies
    SELECT NEW.operator, NEW.operation, NEW.wall_us / 900000000, NEW.amount, NEW.count
    WHERE NEW.operator IS NOT NULL
    ON CONFLICT DO UPDATE SET amount = amount + excluded.amount, count = count + excluded.count;
    INSERT INTO days
    SELECT NEW.operator, NEW.wall_us / 86400000000, NEW.operation, NEW.amount, NEW.count
    WHERE NEW.operator IS NOT NULL
    ON CONFLICT DO UPDATE SET amount = amount + excluded.amount, count = count + excluded.count;
END;

CREATE TRIGGER entries_begin_counting AFTER INSERT ON entries
WHEN NEW.phase IN ('posted', 'reserved', 'unknown')
BEGIN
    INSERT INTO tallied (operator, operation, wall_us, amount, count) VALUES (
        NEW.operator,
        iif(NEW.kind = 'refund' AND NEW.sale_id IS NULL, 'refund_unreferenced', NEW.kind),
        NEW.wall_us,
        coalesce(NEW.amount, 0),
        1
    );
END;

CREATE TRIGGER entries_count_differently AFTER UPDATE OF phase, amount ON entries
WHEN (OLD.phase IN ('posted', 'reserved', 'unknown'))
<> (NEW.phase IN ('posted', 'reserved', 'unknown'))
OR (NEW.phase IN ('posted', 'reserved', 'unknown') AND OLD.amount IS NOT NEW.amount)
BEGIN
    INSERT INTO tallied (operator, operation, wall_us, amount, count) VALUES (
        NEW.operator,
        iif(NEW.kind = 'refund' AND NEW.sale_id IS NULL, 'refund_unreferenced', NEW.kind),
        NEW.wall_us,
        iif(NEW.phase IN ('posted', 'reserved', 'unknown'), coalesce(NEW.amount, 0), 0)
        - iif(OLD.phase IN ('posted', 'reserved', 'unknown'), coalesce(OLD.amount, 0), 0),
        (NEW.phase IN ('posted', 'reserved', 'unknown'))
        - (OLD.phase IN ('posted', 'reserved', 'unknown'))
    );
END;

-- What was bought with a sale, or came back with a refund: [[sku, quantity, unit price], ...].
CREATE TABLE carts (
    entry_id INTEGER PRIMARY KEY REFERENCES entries (id),
    lines    TEXT NOT NULL CHECK (json_valid(lines))
) STRICT;

-- The newest batch of each link that its acquirer has closed: entries up to last_entry are in it,
-- but for those that had no outcome then (a JSON list of ids).
CREATE TABLE batches (
    link       TEXT PRIMARY KEY,
    last_entry INTEGER NOT NULL,
    open       TEXT NOT NULL CHECK (json_valid(open)),
    wall_us    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE freezes (
    scope   TEXT NOT NULL CHECK (scope IN ('operator', 'sale', 'terminal')),
    name    TEXT NOT NULL,
    why     TEXT NOT NULL,
    person  TEXT,
    boot_id TEXT NOT NULL,
    boot_us INTEGER NOT NULL,
    wall_us INTEGER NOT NULL,
    PRIMARY KEY (scope, name)
) STRICT, WITHOUT ROWID;

-- Sales are read entry by entry now, with their status.
DROP VIEW sale_sums;
DROP VIEW sales;
