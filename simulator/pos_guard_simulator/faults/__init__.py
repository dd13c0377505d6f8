"""Everything that can go wrong, by name: the catalogue, and the faults that any byte line can have.

``catalogue`` is built from the words that the twins themselves take, so it lists what there is.
"""
