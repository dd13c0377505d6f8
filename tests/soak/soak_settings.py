"""Settings and policy of the soak's shop: the usual ones, but for short waits."""

from __future__ import annotations

from tests.links import iso8583_rig
from tests.soak.soak_devices import MERCHANT

# A senior gives back alone what is not dear (soak_day.DEAR is 2,000.00).
POLICY = f"""
name = "soak"
version = 1
currency = "CNY"
[payees]
terminals = ["52001233", "{iso8583_rig.MERCHANT}:{iso8583_rig.TERMINAL}"]
wechat = ["{MERCHANT}"]
codes = []
[roles.cashier]
may = ["sale"]
[roles.senior]
may = ["sale", "refund", "void", "reversal"]
refund_limit = "1500.00"
[roles.manager]
may = ["sale", "refund", "void", "reversal"]
refund_limit = "5000.00"
may_approve = true
approve_limit = "5000.00"
may_resolve = true
"""
SETTINGS = """
[[link]]
name = "zvt"
protocol = "zvt"
app = "pty:{run}/till-zvt"
device = "{zvt}"
[link.zvt]
answer_ms = 250
till_ms = 400
decide_ms = 1000
alive_ms = 200
resolve_ms = 250
half_ms = 200
frame_ack_ms = 300
again_ms = [20, 100, 500, 500]

[[link]]
name = "mispos"
protocol = "stx"
profile = "mis-pos"
app = "pty:{run}/till-mispos"
device = "{mispos}"
[link.exchange]
answer_ms = 300
decide_ms = 1000
resolve_ms = 250
again_ms = [1100, 1100, 1100]  # behind noise a line is silent for a second

[[link]]
name = "host"
protocol = "iso8583"
profile = "iso8583-cup"
app = "tcp:127.0.0.1:0"
device = "{host}"
[link.exchange]
answer_ms = 300
decide_ms = 1000

[[link]]
name = "wechat"
protocol = "provider"
profile = "wechat-v3"
app = "tcp:127.0.0.1:0"
device = "{wechat}"
[link.provider]
hold_ms = 1000
reply_ms = 250
"""
