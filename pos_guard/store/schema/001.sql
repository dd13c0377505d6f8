-- Version 1. Amounts are integer minor units, times integer microseconds, hashes hex or raw SHA-256.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE counters (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The ledger: one row for every money request that was judged, refused ones included.
CREATE TABLE entries (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    link         TEXT NOT NULL,
    kind         TEXT NOT NULL,
    tender       TEXT NOT NULL,
    phase        TEXT NOT NULL,
    amount       INTEGER,
    currency     TEXT,
    order_key    TEXT,
    sale_id      TEXT,
    operator     TEXT,
    approver     TEXT,
    payee        TEXT,
    reference    TEXT,
    receipt      TEXT,
    request_hash TEXT NOT NULL,
    frame_hash   TEXT NOT NULL,
    boot_id      TEXT NOT NULL,
    boot_us      INTEGER NOT NULL,
    wall_us      INTEGER NOT NULL,
    payer_token  TEXT,
    sources      TEXT NOT NULL,
    CONSTRAINT amount_in_range CHECK (amount BETWEEN 0 AND 999999999999),
    -- A void without an amount would reserve nothing: whoever reserves says how much.
    CONSTRAINT reserved_amount_is_known CHECK (
        amount IS NOT NULL
        OR phase IN ('refused', 'waiting', 'abandoned')
        OR kind IN ('balance', 'preauth_void')
    ),
    CONSTRAINT sources_are_json CHECK (json_valid(sources))
) STRICT;

CREATE INDEX entries_by_order ON entries (order_key) WHERE order_key IS NOT NULL;
CREATE INDEX entries_by_sale ON entries (sale_id) WHERE sale_id IS NOT NULL;
CREATE INDEX entries_by_reference ON entries (reference) WHERE reference IS NOT NULL;
CREATE INDEX entries_by_receipt ON entries (receipt) WHERE receipt IS NOT NULL;
CREATE INDEX entries_by_phase ON entries (phase, link);

CREATE TRIGGER entries_stay BEFORE DELETE ON entries
BEGIN SELECT RAISE(ABORT, 'ledger entries are never deleted'); END;

-- Money taken from payers, and money given back: the kinds of pos_guard.model, held by a test.
CREATE VIEW taken AS
SELECT * FROM entries WHERE kind IN ('completion', 'sale', 'tip');

CREATE VIEW given_back AS
SELECT * FROM entries WHERE kind IN ('completion_void', 'refund', 'reversal', 'void');

-- What was given back of each sale, and may have been: rule 3 counts all three.
CREATE VIEW sale_sums AS
SELECT
    sale_id,
    sum(iif(phase = 'posted', amount, 0)) AS posted,
    sum(iif(phase = 'reserved', amount, 0)) AS reserved,
    sum(iif(phase = 'unknown', amount, 0)) AS unknown
FROM given_back WHERE sale_id IS NOT NULL GROUP BY sale_id;

-- min(id) makes SQLite take the other columns from the sale itself, not from a later tip. The plus
-- keeps it from the index on phase: nearly every entry is posted.
CREATE VIEW sales AS
SELECT sale_id, sum(amount) AS paid, currency, tender, payee, min(id) AS first_id
FROM taken WHERE +phase = 'posted' AND sale_id IS NOT NULL GROUP BY sale_id;

-- Without sales that were wholly undone by a void or reversal: their order is to be paid again.
-- Refunds alone undo no sale: the goods came back, the order was paid. (Subqueries, not the views
-- above: SQLite looks them up by sale, but would add those up over the whole ledger.)
CREATE VIEW kept AS
SELECT * FROM taken WHERE phase <> 'posted' OR sale_id IS NULL
OR NOT EXISTS (
    SELECT 1 FROM given_back AS back
    WHERE back.sale_id = taken.sale_id AND +back.phase = 'posted' AND back.kind <> 'refund'
)
OR (
    SELECT sum(back.amount) FROM given_back AS back
    WHERE back.sale_id = taken.sale_id AND +back.phase = 'posted'
) < (
    SELECT sum(paid.amount) FROM taken AS paid
    WHERE paid.sale_id = taken.sale_id AND +paid.phase = 'posted'
);

CREATE VIEW order_sums AS
SELECT
    order_key,
    sum(iif(phase = 'posted', amount, 0)) AS posted,
    sum(iif(phase = 'reserved', amount, 0)) AS reserved,
    sum(iif(phase = 'unknown', amount, 0)) AS unknown
FROM kept WHERE order_key IS NOT NULL GROUP BY order_key;

CREATE TABLE orders (
    key      TEXT PRIMARY KEY,
    total    INTEGER NOT NULL CHECK (total BETWEEN 0 AND 999999999999),
    currency TEXT NOT NULL,
    source   TEXT NOT NULL,
    boot_id  TEXT NOT NULL,
    boot_us  INTEGER NOT NULL,
    wall_us  INTEGER NOT NULL,
    closed   INTEGER NOT NULL DEFAULT 0 CHECK (closed IN (0, 1)),
    changed  INTEGER NOT NULL
) STRICT;

CREATE INDEX orders_by_change ON orders (changed);
CREATE INDEX orders_by_total ON orders (total);

-- Copies of the paid receipt that were printed for an order.
CREATE TABLE receipts (
    order_key TEXT PRIMARY KEY,
    copies    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE context (
    piece   TEXT PRIMARY KEY,
    value   TEXT NOT NULL CHECK (json_valid(value)),
    source  TEXT NOT NULL,
    boot_id TEXT NOT NULL,
    boot_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE links (
    link   TEXT PRIMARY KEY,
    frozen TEXT,
    payee  TEXT
) STRICT, WITHOUT ROWID;

-- Keyed hashes of payment codes that a request carried; never the codes.
CREATE TABLE codes (
    token   TEXT PRIMARY KEY,
    boot_id TEXT NOT NULL,
    boot_us INTEGER NOT NULL,
    wall_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE approvals (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    entry_id        INTEGER NOT NULL REFERENCES entries (id),
    request_hash    TEXT NOT NULL,
    approver        TEXT NOT NULL,
    boot_id         TEXT NOT NULL,
    expires_boot_us INTEGER NOT NULL,
    used            INTEGER NOT NULL DEFAULT 0 CHECK (used IN (0, 1))
) STRICT;

CREATE INDEX approvals_by_request ON approvals (request_hash) WHERE used = 0;

CREATE TABLE refusals (
    entry_id INTEGER PRIMARY KEY REFERENCES entries (id),
    person   TEXT NOT NULL
) STRICT;

CREATE TABLE people (
    id       TEXT PRIMARY KEY,
    name     TEXT NOT NULL,
    role     TEXT NOT NULL,
    pin      TEXT NOT NULL,
    disabled INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1))
) STRICT, WITHOUT ROWID;

-- Failed tries since the last right PIN. The empty person counts tries with ids nobody has.
CREATE TABLE pin_attempts (
    person   TEXT PRIMARY KEY,
    failures INTEGER NOT NULL,
    boot_id  TEXT NOT NULL,
    boot_us  INTEGER NOT NULL,
    wall_us  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- No column repeats what the record says: an unhashed copy could be edited unseen.
CREATE TABLE audit (
    seq    INTEGER PRIMARY KEY,
    record BLOB NOT NULL,
    hash   BLOB NOT NULL
) STRICT;

CREATE TABLE audit_head (
    one   INTEGER PRIMARY KEY CHECK (one = 1),
    count INTEGER NOT NULL,
    hash  BLOB NOT NULL,
    mac   BLOB NOT NULL
) STRICT;

CREATE TRIGGER audit_is_not_edited BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'audit records are never changed'); END;

CREATE TRIGGER audit_is_not_cut BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'audit records are never deleted'); END;
