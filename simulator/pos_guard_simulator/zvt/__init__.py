"""A simulated ZVT terminal in parts: its talk, its money, its receipts, and what goes wrong."""
