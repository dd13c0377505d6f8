"""The ledger that many terminals of one merchant share: SQLite (a shop's hub) or PostgreSQL."""
