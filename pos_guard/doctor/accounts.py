"""The accounts of a machine: who the guard is, who else could use its devices."""

from __future__ import annotations

import grp
import pwd
from dataclasses import dataclass, field

ROOT = 0


@dataclass(frozen=True, slots=True)
class Accounts:
    """``users``: name to uid and gid. ``groups``: name to gid and the names of its members.

    ``guard`` is the uid that the daemon runs as; ``app`` the till's, or None: not known.
    """

    users: dict[str, tuple[int, int]]
    groups: dict[str, tuple[int, tuple[str, ...]]]
    guard: int
    app: int | None = None
    _names: dict[int, str] = field(init=False, default_factory=dict[int, str])

    def __post_init__(self) -> None:
        for name, (uid, _) in self.users.items():
            self._names.setdefault(uid, name)

    @classmethod
    def of_system(cls, guard: int, app: int | None) -> Accounts:
        """What the system's user database says."""
        users = {entry.pw_name: (entry.pw_uid, entry.pw_gid) for entry in pwd.getpwall()}
        groups = {g.gr_name: (g.gr_gid, tuple(g.gr_mem)) for g in grp.getgrall()}
        return cls(users, groups, guard, app)

    def uid(self, name: str) -> int | None:
        """The uid of an account by its name or number."""
        if name in self.users:
            return self.users[name][0]
        return int(name) if name.isascii() and name.isdecimal() else None

    def name(self, uid: int) -> str:
        """The name of an account, else its number."""
        return self._names.get(uid, str(uid))

    def group(self, gid: int) -> str:
        """The name of a group, else its number."""
        found = [name for name, (number, _) in self.groups.items() if number == gid]
        return found[0] if found else str(gid)

    def strangers(self, gid: int) -> list[str]:
        """Members of a group that are neither root nor the guard."""
        listed = {name for number, names in self.groups.values() if number == gid for name in names}
        primary = {name for name, (_, group) in self.users.items() if group == gid}
        ours = {ROOT, self.guard}
        return sorted(n for n in listed | primary if self.users.get(n, (-1, -1))[0] not in ours)
