"""``pos-guard doctor``: looks at a machine, and says what is wrong with it and what to do.

It changes nothing, opens no device and asks no network but the shared ledger's.
"""
