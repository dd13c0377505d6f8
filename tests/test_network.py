"""How well the outside is reached: what links see, what the app says, and which counts."""

from __future__ import annotations

import pytest

from pos_guard.clock import SECOND, ManualClock
from pos_guard.model import Intent, IntentKind, Outcome, Result, Tender
from pos_guard.network import DOWN_US, MAX_SIGHTS, MISSED_US, TOLD_US, NetworkWatch, Sight, seen
from pos_guard.policy.request import Network
from pos_guard.policy.verdict import Level, Reason
from tests.shop import Shop, shop

NOW = 1000 * SECOND
UP = Sight(up=True)
GONE = Sight(up=False, since_us=NOW - DOWN_US)
JUST_GONE = Sight(up=False, since_us=NOW - DOWN_US + 1)
ONE_MISSED = Sight(missed=((1, NOW),))
SILENT = Sight(missed=((1, NOW - MISSED_US), (2, NOW)))
LONG_AGO = Sight(missed=((1, NOW - MISSED_US - 1), (2, NOW)))

ONLINE, DEGRADED, OFFLINE = Network.ONLINE, Network.DEGRADED, Network.OFFLINE


@pytest.mark.parametrize(
    ("sights", "state"),
    [
        ((), ONLINE),
        ((UP,), ONLINE),
        ((Sight(),), ONLINE),
        ((GONE,), OFFLINE),
        ((JUST_GONE,), ONLINE),
        ((GONE, GONE), OFFLINE),
        ((GONE, UP), DEGRADED),
        ((GONE, JUST_GONE), DEGRADED),
        ((GONE, Sight()), OFFLINE),  # what nobody watches does not say that anything works
        ((ONE_MISSED,), ONLINE),
        ((SILENT,), DEGRADED),
        ((LONG_AGO,), ONLINE),
        ((ONE_MISSED, ONE_MISSED), ONLINE),  # two links that missed one each
        ((UP, SILENT), DEGRADED),
        ((GONE, SILENT), OFFLINE),
    ],
)
def test_what_links_see(sights: tuple[Sight, ...], state: Network) -> None:
    assert seen(sights, NOW) is state


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def watch(clock: ManualClock) -> NetworkWatch:
    return NetworkWatch(clock)


def test_a_device_is_down_after_a_while_and_up_at_once(
    watch: NetworkWatch, clock: ManualClock
) -> None:
    watch.device("zvt", up=False)
    assert watch.state() is ONLINE
    clock.advance(DOWN_US / SECOND - 1)
    watch.device("zvt", up=False)  # another try that failed does not begin it anew
    assert watch.state() is ONLINE
    clock.advance(1)
    assert watch.state() is OFFLINE
    watch.device("zvt", up=True)
    assert watch.state() is ONLINE


def test_two_submissions_without_an_answer_count_until_one_is_answered(
    watch: NetworkWatch, clock: ManualClock
) -> None:
    watch.submitted("zvt", 1, answered=False)
    watch.submitted("zvt", 1, answered=False)  # the same request, asked about again
    assert watch.state() is ONLINE
    watch.submitted("zvt", 2, answered=False)
    assert watch.state() is DEGRADED
    clock.advance(MISSED_US / SECOND + 1)
    assert watch.state() is ONLINE
    watch.submitted("zvt", 3, answered=False)
    watch.submitted("zvt", 4, answered=False)
    watch.submitted("zvt", 5, answered=True)
    assert watch.state() is ONLINE


def test_what_the_app_says_stands_above_for_an_hour(
    watch: NetworkWatch, clock: ManualClock
) -> None:
    watch.device("zvt", up=False)
    clock.advance(DOWN_US / SECOND)
    watch.tell(ONLINE)
    clock.advance(TOLD_US / SECOND - 1)
    assert watch.state() is ONLINE
    clock.advance(1)
    assert watch.state() is OFFLINE
    watch.device("zvt", up=True)
    watch.tell(DEGRADED)
    assert watch.state() is DEGRADED
    clock.advance(TOLD_US / SECOND)
    assert watch.state() is ONLINE


def test_where_no_device_is_watched_the_app_is_believed_until_it_says_otherwise(
    watch: NetworkWatch, clock: ManualClock
) -> None:
    watch.tell(OFFLINE)
    watch.submitted("app", 1, answered=True)
    clock.advance(10 * TOLD_US / SECOND)
    assert watch.state() is OFFLINE


def test_an_app_that_names_a_new_link_each_time_fills_no_memory(watch: NetworkWatch) -> None:
    watch.device("first", up=False)
    for number in range(MAX_SIGHTS):
        watch.submitted(f"app:{number}", number, answered=False)
    watch.device("first", up=True)
    assert watch.state() is ONLINE


class TestGuard:
    @pytest.fixture
    def corner(self, tmp_path_factory: pytest.TempPathFactory) -> Shop:
        return shop(tmp_path_factory.mktemp("shop"))

    def sell(self, corner: Shop, result: Result) -> Level:
        corner.order(500)
        corner.guard.payee_reported("app", "52001233")
        decision = corner.guard.judge(Intent(IntentKind.SALE, Tender.CARD, 500, "EUR"), link="app")
        moved = 500 if result is Result.APPROVED else None
        corner.guard.settle(decision.id, Outcome(result, moved))
        if result is Result.UNKNOWN:
            corner.guard.resolve(decision.id, Result.DECLINED, "maya", "918357")
        return decision.verdict.level

    def test_the_guard_warns_once_two_sales_in_a_row_got_no_answer(self, corner: Shop) -> None:
        assert self.sell(corner, Result.UNKNOWN) is Level.ALLOW
        assert self.sell(corner, Result.UNKNOWN) is Level.ALLOW
        assert self.sell(corner, Result.APPROVED) is Level.WARN
        assert self.sell(corner, Result.APPROVED) is Level.ALLOW
        corner.store.close()

    def test_refunds_of_unknown_sales_stop_once_all_terminals_are_gone(self, corner: Shop) -> None:
        corner.sign_in("ben")
        corner.guard.payee_reported("zvt", "52001233")
        back = Intent(IntentKind.REFUND, Tender.CARD, 500, "EUR")
        corner.guard.device_side("zvt", up=False)
        corner.clock.advance(DOWN_US / SECOND)
        assert corner.guard.judge(back, link="zvt").reason is Reason.OFFLINE
        corner.guard.device_side("zvt", up=True)
        assert corner.guard.judge(back, link="zvt").needs_person
        corner.store.close()
