-- Version 6. Shared ledger: what is owed to it.

-- One row where a shared ledger is configured. lease_us: how long a sale is this store's alone.
CREATE TABLE shared_settings (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    merchant TEXT NOT NULL,
    lease_us INTEGER NOT NULL
) STRICT;

-- What the shared ledger has to be told, in this order. how: 'pending' until the ledger answered
-- or the request went out without it ('offline'). The amount is that of this phase.
CREATE TABLE shared_outbox (
    seq      INTEGER PRIMARY KEY AUTOINCREMENT,
    entry_id INTEGER NOT NULL REFERENCES entries (id),
    phase    TEXT NOT NULL,
    amount   INTEGER,
    how      TEXT NOT NULL DEFAULT 'pending' CHECK (how IN ('pending', 'offline'))
) STRICT;

CREATE INDEX shared_outbox_by_entry ON shared_outbox (entry_id);

-- Leases of sales that other stores made and this one took over.
CREATE TABLE shared_leases (
    sale_id  TEXT PRIMARY KEY,
    until_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Written by the database itself, in the transaction of the entry: whoever moves an entry cannot
-- forget it.
CREATE TRIGGER entries_are_told AFTER INSERT ON entries
WHEN NEW.sale_id IS NOT NULL AND NEW.kind IN ('completion', 'sale', 'tip') AND NEW.phase = 'posted'
OR NEW.kind IN ('completion_void', 'refund', 'reversal', 'void') AND NEW.phase = 'reserved'
BEGIN
    INSERT INTO shared_outbox (entry_id, phase, amount)
    SELECT NEW.id, NEW.phase, NEW.amount FROM shared_settings;
END;

CREATE TRIGGER entries_are_told_again AFTER UPDATE OF phase ON entries
WHEN NEW.phase <> OLD.phase AND (
    NEW.sale_id IS NOT NULL AND NEW.kind IN ('completion', 'sale', 'tip')
    AND NEW.phase IN ('posted', 'voided')
    OR NEW.kind IN ('completion_void', 'refund', 'reversal', 'void')
    AND NEW.phase IN ('reserved', 'posted', 'failed', 'unknown', 'voided')
)
BEGIN
    INSERT INTO shared_outbox (entry_id, phase, amount)
    SELECT NEW.id, NEW.phase, NEW.amount FROM shared_settings;
END;
