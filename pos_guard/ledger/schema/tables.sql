-- The shared ledger, as SQLite reads it; see __init__.py for PostgreSQL. Every key is led by the
-- merchant, so that tables can be distributed by it. On a server, tills need SELECT, INSERT and
-- UPDATE here, and nothing else.
CREATE TABLE IF NOT EXISTS shared_sales (
    merchant  TEXT NOT NULL,
    sale_id   TEXT NOT NULL,
    amount    INTEGER NOT NULL CHECK (amount BETWEEN 0 AND 999999999999),
    currency  TEXT NOT NULL,
    tender    TEXT NOT NULL,
    payee     TEXT,
    payer     TEXT,
    operator  TEXT,
    terminal  TEXT NOT NULL,
    sold_us   INTEGER NOT NULL,
    withdrawn INTEGER NOT NULL DEFAULT 0 CHECK (withdrawn IN (0, 1)),
    holder    TEXT NOT NULL,
    lease_us  INTEGER NOT NULL,
    PRIMARY KEY (merchant, sale_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS shared_refunds (
    merchant   TEXT NOT NULL,
    refund_id  TEXT NOT NULL,
    sale_id    TEXT,
    amount     INTEGER NOT NULL CHECK (amount BETWEEN 0 AND 999999999999),
    currency   TEXT NOT NULL,
    operation  TEXT NOT NULL,
    operator   TEXT,
    approver   TEXT,
    terminal   TEXT NOT NULL,
    payer      TEXT,
    body       TEXT NOT NULL,
    answer     TEXT NOT NULL,
    remaining  INTEGER NOT NULL,
    phase      TEXT NOT NULL,
    asked_us   INTEGER NOT NULL,
    expires_us INTEGER NOT NULL,
    moved_us   INTEGER NOT NULL,
    PRIMARY KEY (merchant, refund_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS shared_refunds_by_sale ON shared_refunds (merchant, sale_id);
CREATE INDEX IF NOT EXISTS shared_refunds_by_time ON shared_refunds (merchant, asked_us);
CREATE INDEX IF NOT EXISTS shared_refunds_by_operator
    ON shared_refunds (merchant, operator, asked_us);
CREATE INDEX IF NOT EXISTS shared_refunds_by_payer ON shared_refunds (merchant, payer, asked_us);
CREATE INDEX IF NOT EXISTS shared_refunds_open ON shared_refunds (merchant, expires_us)
    WHERE phase IN ('reserved', 'submitted');

CREATE TABLE IF NOT EXISTS shared_cases (
    merchant TEXT NOT NULL,
    kind     TEXT NOT NULL,
    subject  TEXT NOT NULL,
    details  TEXT NOT NULL,
    at_us    INTEGER NOT NULL,
    closed_by TEXT,
    closed_us INTEGER,
    PRIMARY KEY (merchant, kind, subject, details)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS shared_terminals (
    merchant   TEXT NOT NULL,
    terminal   TEXT NOT NULL,
    drained_us INTEGER NOT NULL,
    PRIMARY KEY (merchant, terminal)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS shared_messages (
    merchant TEXT NOT NULL,
    terminal TEXT NOT NULL,
    seq      INTEGER NOT NULL,
    body     TEXT NOT NULL,
    PRIMARY KEY (merchant, terminal, seq)
) STRICT, WITHOUT ROWID;
