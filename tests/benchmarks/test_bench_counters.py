"""What the state around a refund costs with a long history, against the same with hardly any."""

from __future__ import annotations

from pathlib import Path

from pos_guard.clock import SECOND
from pos_guard.model import Context, Intent, IntentKind, Known, Source, Tender
from pos_guard.policy.policy import Limit, Per, Policy, Window
from pos_guard.policy.request import Request
from pos_guard.snapshot import Snapshots
from tests.benchmarks.ratio import Benchmark, Side, against
from tests.shop import Shop, shop

HISTORY = 100_000
OPERATIONS = frozenset({"refund", "void", "reversal"})
POLICY = Policy(
    "limits",
    1,
    "EUR",
    limits=(
        Limit("op-day", OPERATIONS, Per.OPERATOR, Window.DAY, amount=50_000),
        Limit("op-hour", OPERATIONS, Per.OPERATOR, Window.ROLLING, 3600, count=10),
        Limit("shop-day", OPERATIONS, Per.SHOP, Window.DAY, amount=500_000),
        Limit("sale", OPERATIONS, Per.SALE, Window.ROLLING, 90 * 86_400, count=5),
        Limit("payer", OPERATIONS, Per.PAYER, Window.ROLLING, 30 * 86_400, count=5),
    ),
)

# One year of a busy shop: 8 operators, every 25th entry a refund of an earlier sale.
_FILL = """
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
    INSERT INTO entries (
        link, kind, tender, phase, amount, currency, sale_id, operator, order_key, request_hash,
        frame_hash, boot_id, boot_us, wall_us, payer_token, sources
    )
    SELECT 'zvt', iif(i % 25, 'sale', 'refund'), 'card', 'posted', 100 + i * 7919 % 9000, 'EUR',
        'S-' || iif(i % 25, i, i - 3), 'op' || (i % 8), 'A-' || i, '', '', 'boot-0', i,
        ?2 - (?1 - i) * (31536000000000 / ?1), 'p' || (i % (1 + ?1 / 10)), '{}'
    FROM n"""


def filled(directory: Path, entries: int) -> Shop:
    """A shop with so many entries in the year before now."""
    corner = shop(directory)
    corner.store.people.add("op1", "One", "senior", "482916")
    corner.clock.advance(400 * 86_400)
    with corner.store.transaction():
        corner.store._database.write(_FILL, entries, corner.clock.wall_us())
    return corner


def of_a_refund(corner: Shop) -> Side:
    """Everything around one refund of a sale of yesterday, by an operator who is known."""
    corner.store.shifts.begin("op1")
    row = corner.store._database.row(
        "SELECT sale_id FROM entries WHERE kind = 'sale' AND operator = 'op1' AND wall_us <= ?"
        " ORDER BY wall_us DESC LIMIT 1",
        corner.clock.wall_us() - 86_400 * SECOND,
    )
    assert row is not None
    operator = Known("op1", Source.SCAN, corner.clock.boot_us())
    context = Context(operator, original=Known(str(row[0]), Source.SCAN, operator.boot_us))
    snapshots = Snapshots(corner.store, POLICY, corner.clock)
    intent = Intent(IntentKind.REFUND, Tender.CARD, 100, "EUR")

    def snapshot() -> Request:
        return snapshots.of_intent(intent, context, "zvt", None)

    request = snapshot()
    assert set(request.totals) == {limit.id for limit in POLICY.limits}
    assert request.sale is not None
    assert request.usual is not None
    assert request.desk is not None
    assert request.desk.sold > 0
    return Side(snapshot, 20)


def test_a_long_history_makes_no_snapshot_slow(benchmark: Benchmark, tmp_path: Path) -> None:
    long, short = filled(tmp_path / "long", HISTORY), filled(tmp_path / "short", 1000)
    against(benchmark, of_a_refund(long), of_a_refund(short))
    long.store.close()
    short.store.close()
