"""What people do wrong, and what happens to the machine that the guard runs on."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from pos_guard.model import Words
from pos_guard_simulator.faults.entry import (
    SHOP,
    SHOP_LEVELS,
    Ends,
    Group,
    Text,
    entries,
)


class PeopleFault(StrEnum):
    """What somebody does who is asked for an approval."""

    WRONG_PIN = "wrong_pin"
    SLOW_SUPERVISOR = "slow_supervisor"
    NOBODY_COMES = "nobody_comes"
    SUPERVISOR_SAYS_NO = "supervisor_says_no"


class MachineFault(StrEnum):
    """What happens to the machine."""

    FULL_DISK = "full_disk"
    CLOCK_JUMP = "clock_jump"
    KILL = "kill"


_PEOPLE: Mapping[PeopleFault, Text] = {
    PeopleFault.WRONG_PIN: Text(
        Words("经理先输错一次 PIN", "the manager first types a wrong PIN, once"),
        Words("输错会计数，太多次就锁住", "it is counted; too many lock the person"),
        "what consoles of pos-guard do", Ends.BY_ITSELF,
    ),
    PeopleFault.SLOW_SUPERVISOR: Text(
        Words("经理 1.5 秒后才来", "the manager comes after 1.5 s"),
        Words("收银不能等太久：终端协议有时限", "the till waits: its protocol has a limit"),
        "ZVT 13.13, 04 FF: intermediate status keeps a till waiting", Ends.BY_ITSELF,
    ),
    PeopleFault.NOBODY_COMES: Text(
        Words("没有人来批准", "nobody comes to approve"),
        Words("时限一到就拒绝", "it is refused when its time is over"),
        "what consoles of pos-guard do", Ends.BY_ITSELF,
    ),
    PeopleFault.SUPERVISOR_SAYS_NO: Text(
        Words("经理说不", "the manager says no"),
        Words("拒绝，记在经理名下", "it is refused, in the manager's name"),
        "what consoles of pos-guard do", Ends.BY_ITSELF,
    ),
}  # fmt: skip

_MACHINE: Mapping[MachineFault, Text] = {
    MachineFault.FULL_DISK: Text(
        Words("防护程序的文件不能再变大", "no file of the guard can grow"),
        Words("磁盘满、配额到：写入失败", "the disk or a quota is full: writes fail"),
        "setrlimit(2), RLIMIT_FSIZE; write(2), ENOSPC",
    ),
    MachineFault.CLOCK_JUMP: Text(
        Words("系统时间倒退一天", "the wall clock is set back by a day"),
        Words("无时钟电池、NTP 校时、有人改时间", "no battery, NTP, or somebody sets the time"),
        "settimeofday(2)",
    ),
    MachineFault.KILL: Text(
        Words("在付款途中 kill -9，再启动", "kill -9 in the midst of a payment, and a new start"),
        Words("内存不足杀手、断电、升级", "the out-of-memory killer, a loss of power, an update"),
        "proc(5), oom_score", Ends.BY_ITSELF,
    ),
}  # fmt: skip

_WHERE = ((SHOP,), SHOP_LEVELS)

SHOP_FAULTS = (
    *entries(PeopleFault, _PEOPLE, Group.PEOPLE, _WHERE),
    *entries(MachineFault, _MACHINE, Group.MACHINE, _WHERE),
)
"""Every fault of people and of the machine."""
