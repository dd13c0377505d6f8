"""Typed rules, strict TOML, and the verdict lattice. Pure: state in, verdict out."""
