"""``pos-guard campaign``: scenarios crossed with faults, and what came of each pair.

``scenarios`` are what a till does, ``strike`` lets a fault happen in its midst, ``truth`` is what
devices and ledger know afterwards, ``judge`` makes an outcome of it. ``workers`` play the cells in
processes of their own, ``report`` shows them.
"""
