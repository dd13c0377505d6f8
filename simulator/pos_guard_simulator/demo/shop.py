"""The demo's shop: people, policy and settings, with time-outs short enough for a demo."""

from __future__ import annotations

from pathlib import Path

CURRENCY = "CNY"
CURRENCY_NUMBER = 156
TERMINAL_ID = "52001233"
STRANGER_ID = "52001299"
MERCHANT = "1900000109"
OTHER_MERCHANT = "1900000110"

PEOPLE = {
    "anna": ("Anna 安娜", "cashier", "482915"),
    "ben": ("Ben 小本", "senior", "730264"),
    "maya": ("Maya 玛雅", "manager", "918357"),
}
"""Id, then name, role and PIN. A demo's PINs are no secrets."""

# Accounts in the style of the EMVCo sample; the second differs in one character.
OWN_ACCOUNT = "emv:15:37210116372101160123456789ABCDE"
OWN_CODE = (
    "000201010211153137210116372101160123456789ABCDE"
    "5204581453031565802CN5913MORNING LIGHT6007BEIJING"
)

POLICY = f"""\
# The policy of the demo's shop. docs/policy.md explains every line.
name = "morning-light"
version = 1
currency = "{CURRENCY}"
mode = "{{mode}}"

[roles.cashier]
may = ["sale"]

[roles.senior]
may = ["sale", "refund", "reversal", "refund_unreferenced"]
refund_limit = "20.00"
unreferenced_limit = "15.00"

[roles.manager]
may = ["sale", "refund", "reversal", "refund_unreferenced"]
refund_limit = "100.00"
unreferenced_limit = "50.00"
may_approve = true
approve_limit = "500.00"
may_resolve = true

[payees]
terminals = ["{TERMINAL_ID}"]
wechat = ["{MERCHANT}"]
codes = ["{OWN_ACCOUNT}"]
"""

SETTINGS = """\
# The demo's daemon. Its waits are shorter than any real shop's, so that silence is found out in a
# second instead of minutes; examples/guard.toml has the usual ones.
state = "state"
policy = "policy.toml"
socket = "run/decide.sock"
keeper = "run/keeper.sock"

[[link]]
name = "printer"
protocol = "escpos"
app = "pty:{run}/till-printer"
device = "serial:{printer}:115200"
[link.printer]
encoding = "gb18030"
columns = 48

[[link]]
name = "scanner"
protocol = "scanner"
app = "pty:{run}/till-scanner"
device = "serial:{scanner}:9600"

[[link]]
name = "terminal"
protocol = "zvt"
app = "tcp:127.0.0.1:0"
device = "tcp:{terminal}"
[link.zvt]
answer_ms = 600
till_ms = 2000
decide_ms = {decide_ms}
resolve_ms = 400
again_ms = [{again_ms}]

[[link]]
name = "terminal-serial"
protocol = "zvt"
app = "pty:{run}/till-terminal"
device = "serial:{terminal_serial}:115200"
[link.zvt]
answer_ms = 3000
till_ms = 3000
frame_ack_ms = 1000
resolve_ms = 500
# A terminal whose till fell silent within an exchange is busy for 5 s: ask for longer than that.
again_ms = [50, 200, 500, 1000, 2000, 2000, 2000]

[[link]]
name = "wechat"
protocol = "wechat"
app = "tcp:127.0.0.1:0"
device = "http://{wechat}"
[link.wechat]
reply_ms = 1000
"""


def write_files(
    directory: Path,
    mode: str,
    addresses: dict[str, str],
    decide_ms: int = 5000,
    again_ms: int = 3000,
) -> Path:
    """Write policy and settings; returns the settings file.

    ``decide_ms``: time for a person; ``again_ms``: when a silent terminal is asked by the guard.
    """
    (directory / "policy.toml").write_text(POLICY.format(mode=mode), encoding="utf-8")
    settings = directory / "guard.toml"
    times = {"decide_ms": decide_ms, "again_ms": again_ms}
    text = SETTINGS.format(run=directory / "run", **times, **addresses)
    settings.write_text(text, encoding="utf-8")
    return settings
