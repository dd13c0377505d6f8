"""A simulated WeChat Pay v3."""

from __future__ import annotations

from pos_guard.clock import Clock
from pos_guard.frames.provider_profile_file import profile
from pos_guard_simulator.provider_book import Move, Script
from pos_guard_simulator.provider_twin import ProviderTwin

__all__ = ["Move", "Script", "WechatTwin"]


class WechatTwin(ProviderTwin):
    """The provider, with the merchants that exist."""

    def __init__(self, clock: Clock, merchants: frozenset[str]) -> None:
        super().__init__(profile("wechat-v3"), clock, merchants)
