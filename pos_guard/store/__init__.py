"""One SQLite file with one writer: ledger, audit log, people, context."""
