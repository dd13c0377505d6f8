"""The till's ends of the links: they send bytes, note them, and believe what they hear."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from pos_guard.frames import zvt_build
from pos_guard.frames.zvt_apdu import Apdu
from pos_guard.links.session import Effects, ToDevice
from pos_guard.links.zvt_wire import Framing, WireSettings, ZvtWire, open_wire
from tests.simulation.line_till import LineTill
from tests.simulation.world import Cable, World

RESULT, DONE, FAILED = 0x040F, 0x060F, 0x061E

LOWERED = Apdu.of(0x849D, b"\x04\x00\x00\x00\x00\x00\x01").raw
"""Less was handed out: one minor unit."""

PATIENCE_S = 200.0
"""T4 of the till, a little longer than that of the guard."""


@dataclass(slots=True)
class Exchange:
    """One command and what the till made of the answers."""

    raw: bytes
    started_us: int
    over: bool = False
    approved: bool = False
    receipt: int | None = None
    amount: int | None = None


class ZvtTill(LineTill):
    """A till on the terminal's line. ``manner`` is how it answers the next result."""

    def __init__(self, world: World, framing: Framing) -> None:
        super().__init__(world)
        self._wire: ZvtWire = open_wire(framing, "till", ToDevice, WireSettings(2.0, 5.0))
        self.framing = framing
        self.sent: list[bytes] = []
        self.exchanges: list[Exchange] = []
        self.manner = "ack"

    @property
    def busy(self) -> bool:
        """An exchange is open, and the till has not lost patience."""
        if not self.exchanges or self.exchanges[-1].over:
            return False
        last = self.exchanges[-1]
        last.over = self._world.now_us - last.started_us > PATIENCE_S * 1_000_000
        return not last.over

    def command(self, raw: bytes) -> None:
        """Send one command and wait for its end."""
        self.exchanges.append(Exchange(raw, self._world.now_us))
        self.note(raw)
        self._do(self._wire.send(raw))

    def units(self, *raws: bytes) -> None:
        """Send several units at once, without waiting for anything."""
        for raw in raws:
            self.note(raw)
        if self.framing is Framing.TCP:
            self.send(b"".join(raws))
        else:
            for raw in raws:
                self._do(self._wire.send(raw))

    def note(self, raw: bytes) -> None:
        """Remember that this till sent it."""
        self.sent.append(raw)

    def _cut_off(self) -> None:
        if self.exchanges:
            self.exchanges[-1].over = True

    def _reset(self) -> Effects:
        return self._wire.reset()

    def _data(self, data: bytes) -> None:
        got = self._wire.receive(data)
        self._do(got.effects)
        for apdu in got.apdus:
            if apdu.code >> 8 not in (0x80, 0x84):
                self._heard(apdu)
            elif apdu.code >> 8 == 0x84 and apdu.code not in (0x8400, 0x849C) and self.busy:
                self.exchanges[-1].over = True

    def _heard(self, apdu: Apdu) -> None:
        last = self.exchanges[-1] if self.exchanges else None
        answer: bytes | None = zvt_build.ack
        if apdu.code == RESULT and last is not None:
            last.receipt, last.amount = _receipt(apdu.raw)
            answer = self._manner()
        elif apdu.code in (DONE, FAILED) and last is not None and not last.over:
            last.over = True
            last.approved = apdu.code == DONE and last.receipt is not None
        if answer is not None:
            self._do(self._wire.send(answer))

    def _manner(self) -> bytes | None:
        manner, self.manner = self.manner, "ack"
        answers = {
            "ack": zvt_build.ack,
            "take-back": zvt_build.not_authentic,
            "wait": zvt_build.negative(0x9C),
            "reduce": LOWERED,
        }
        if manner == "reduce":
            self._reduce(self.exchanges[-1])
        return answers.get(manner)

    def _reduce(self, last: Exchange) -> None:
        """A request of its own, for the smaller sale; what the till believes now is that."""
        self.note(LOWERED)
        if last.raw[:2] == b"\x06\x01" and not last.over:
            last.over = True
            smaller = Exchange(LOWERED, self._world.now_us, receipt=last.receipt, amount=1)
            self.exchanges.append(smaller)

    def _ring(self, name: str) -> None:
        got = self._wire.timer(name)
        self._do(got.effects if got else [])


def _receipt(raw: bytes) -> tuple[int | None, int | None]:
    """Receipt number and amount, where the simulated terminal puts them in a result."""
    body = raw[3:]
    at, amount = body.find(b"\x87"), body.find(b"\x04")
    number = body[at + 1 : at + 3].hex()
    receipt = int(number) if at >= 0 and number.isdecimal() else None
    return receipt, int(body[amount + 1 : amount + 7].hex()) if amount >= 0 else None


class PlainPeer:
    """A till's end that only sends and collects bytes: a printer's or a scanner's port."""

    def __init__(self) -> None:
        self.got = bytearray()
        self._cable: Cable | None = None

    @property
    def connected(self) -> bool:
        """There is a line."""
        return self._cable is not None

    def attach(self, cable: Cable) -> None:
        """The line is there."""
        self._cable = cable
        cable.to_peer.read_by(self._data, lambda: self._closed(cable))

    # The three methods of a ``Line`` of the demo's till, so that its papers are printed here.

    def send(self, data: bytes) -> None:
        """Bytes for the device."""
        if self._cable is not None:
            self._cable.to_guard.send(data)

    def receive(self, seconds: float) -> bytes:
        """What has come so far."""
        del seconds
        return bytes(self.got)

    def close(self) -> None:
        """Hang up."""
        if self._cable is not None:
            cable = self._cable
            self._closed(cable)
            cable.to_guard.end()

    def _data(self, data: bytes) -> None:
        self.got += data

    def _closed(self, cable: Cable) -> None:
        cable.peer_closed = True
        cable.to_peer.unread()
        if self._cable is cable:
            self._cable = None


class WechatTill:
    """A till that dials the provider's base URL once for each request."""

    def __init__(self, dial: Callable[[], Cable]) -> None:
        self._dial = dial
        self.sent: list[bytes] = []
        self.replies: list[tuple[bytes, int, str]] = []

    def request(self, method: str, target: str, body: dict[str, object] | None, mchid: str) -> None:
        """Send one request; its reply stands in ``replies`` once it is there."""
        content = b"" if body is None else json.dumps(body).encode()
        head = (
            f"{method} {target} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n"
            f'Authorization: WECHATPAY2-SHA256-RSA2048 mchid="{mchid}",signature="x"\r\n'
            f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        self.sent.append(f"{method} {target}\n".encode() + content)
        self.send(head.encode() + content)

    def again(
        self,
        sent: bytes,
        mchid: str,
        change: Callable[[dict[str, object]], None] = lambda _fields: None,
    ) -> None:
        """Send an earlier request once more, under the same number, perhaps changed."""
        method, _, rest = sent.decode().partition(" ")
        target, _, body = rest.partition("\n")
        fields: dict[str, object] = json.loads(body)
        change(fields)
        self.request(method, target, fields, mchid)

    def send(self, data: bytes) -> PlainPeer:
        """Any bytes on a connection of their own."""
        peer = _Caller(self.replies, data)
        peer.attach(self._dial())
        peer.send(data)
        return peer


class _Caller(PlainPeer):
    """One connection, and the reply on it."""

    def __init__(self, replies: list[tuple[bytes, int, str]], asked: bytes) -> None:
        super().__init__()
        self._replies = replies
        self._asked = asked

    def _closed(self, cable: Cable) -> None:
        if not cable.peer_closed and self.got.startswith(b"HTTP/1.1 "):
            head, _, body = bytes(self.got).partition(b"\r\n\r\n")
            try:
                fields = json.loads(body) if body else {}
            except ValueError:
                fields = {}
            state = fields.get("trade_state") or fields.get("status") or fields.get("code")
            self._replies.append((self._asked, int(head.split()[1]), str(state)))
        super()._closed(cable)
        cable.to_guard.end()
