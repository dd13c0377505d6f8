"""The web shell: layout, languages and headers of every page that pos-guard serves.

Needs the extra ``dashboard``; only ``shell`` loads it.
"""
