"""Every framer behind one shape: pieces of a stream in, a count of what came out.

A framer that says it cannot follow its stream any more is given up as its link does: what it
holds is dropped, or a new one begins where the connection would be closed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from pos_guard.errors import FrameError
from pos_guard.frames import (
    caisse_ap,
    escpos_scan,
    iso8583_profile,
    registers,
    ssi,
    stx,
    stx_concert,
    stx_hypercom,
    stx_mispos_profile,
    stx_nexi,
    stx_nexi_line,
    stx_pax,
    stx_transbank,
    zvt_apdu,
    zvt_serial,
)
from pos_guard.frames.caisse_ap_table import MAX_ANSWER
from pos_guard.frames.escpos_replies import ReplyScanner
from pos_guard.frames.http import Exchange, HttpRequest, RequestReader
from pos_guard.frames.iso8583_framing import LengthFramer
from pos_guard.frames.lines import LineFramer
from pos_guard.frames.star_replies import StarReplyScanner
from pos_guard.frames.star_table import star_scanner

Feed = Callable[[bytes], int]
"""One piece of the stream; how many frames, signals and errors it brought."""


@dataclass(frozen=True, slots=True)
class Framed:
    """``opens`` begins a frame that never ends, ``longest`` is as long as a frame may be."""

    make: Callable[[], Feed]
    opens: bytes
    longest: int


class Taking(Protocol):
    """A framer that gives one event a call."""

    def feed(self, data: bytes) -> None: ...
    def take(self) -> object | None: ...
    def drop(self) -> object: ...


def _taking(make: Callable[[], Taking]) -> Callable[[], Feed]:
    def begin() -> Feed:
        framer = make()

        def feed(data: bytes) -> int:
            count = 0
            framer.feed(data)
            try:
                while framer.take() is not None:
                    count += 1
            except FrameError:
                framer.drop()
                return count + 1
            return count

        return feed

    return begin


def _giving(make: Callable[[], Callable[[bytes], Sequence[object]]]) -> Callable[[], Feed]:
    def begin() -> Feed:
        feed = make()
        return lambda data: len(feed(data))

    return begin


def _caisse() -> Feed:
    framer = caisse_ap.CaisseFramer()

    def feed(data: bytes) -> int:
        try:
            return len(framer.feed(data))
        except FrameError:
            framer.drop()
            return 1

    return feed


class _Http:
    """One side of HTTP: a connection that failed or is done is followed by the next."""

    def __init__(self, make: Callable[[], Callable[[bytes], object | None]]) -> None:
        self._make = make
        self._feed = make()

    def __call__(self, data: bytes) -> int:
        try:
            if self._feed(data) is None:
                return 0
        except FrameError:
            pass
        self._feed = self._make()
        return 1


def _asked() -> Callable[[bytes], object | None]:
    request = HttpRequest("POST", "/v3/pay/transactions/codepay", ((b"X-A", b"1"),), b"{}")
    return Exchange(request, "api.example").feed


def _stx(form: stx.StxFormat, opens: bytes = b"\x02") -> Framed:
    return Framed(_taking(lambda: stx.StxFramer(form)), opens, form.max_body)


def _iso(name: str) -> Framed:
    profile = iso8583_profile.profile_named(name)
    longest = iso8583_profile.MAX_MESSAGE
    return Framed(_taking(lambda: LengthFramer(profile)), profile.length.write(longest), longest)


_MISPOS = stx_mispos_profile.example().form
_PARITY = stx.StxFormat("none", lrc_start=0, lrc_from_stx=False, max_body=80, parity7=True)
_LONG_HEAD = b"POST / HTTP/1.1\r\nHost: a\r\nX: "
_LONG_REPLY = b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n"

FRAMERS: Mapping[str, Framed] = {
    "zvt": Framed(_taking(zvt_apdu.ApduFramer), b"\x06\x01\xff\xff\xff", zvt_apdu.MAX_BODY),
    "zvt-serial": Framed(
        _giving(lambda: zvt_serial.SerialFramer().feed), b"\x10\x02\x06\x01", zvt_apdu.MAX_BODY
    ),
    "stx-transbank": _stx(stx_transbank.FORMAT),
    "stx-hypercom-ecr": _stx(stx_hypercom.FORMAT, b"\x02\x20\x48"),
    "stx-concert-e+": _stx(stx_concert.FORMAT),
    "stx-nexi-p17": Framed(
        _taking(lambda: stx_nexi_line.NexiFramer(stx_nexi.FORMAT)), b"\x01", 1056
    ),
    "stx-pax-poslink": _stx(stx_pax.FORMAT),
    "stx-mis-pos": _stx(_MISPOS, b"\x02\x04\x00"),
    "stx-7e1": _stx(_PARITY, b"\x82"),
    "iso8583-cup": _iso("iso8583-cup"),
    "iso8583-ascii": _iso("iso8583-ascii"),
    "iso8583-mixed": _iso("iso8583-mixed"),
    "caisse-ap": Framed(_caisse, b"CZ0040300ZZ999", MAX_ANSWER),
    "http-request": Framed(lambda: _Http(lambda: RequestReader().feed), _LONG_HEAD, 16_384),
    "http-reply": Framed(lambda: _Http(_asked), _LONG_REPLY, 1 << 20),
    "escpos": Framed(
        _giving(lambda: escpos_scan.EscPosScanner().feed), b"\x1d8L\xff\xff\xff\x7f0p", 1 << 20
    ),
    "star": Framed(_giving(lambda: star_scanner().feed), b"\x1b\x1dS\x01\xff\xff\xff\xff\x00", 0),
    "escpos-replies": Framed(_giving(lambda: ReplyScanner().feed), b"\x5f", 255),
    "star-replies": Framed(_giving(lambda: StarReplyScanner().feed), b"\x1b\x1d)I", 128),
    "ssi": Framed(_giving(lambda: ssi.Framer().feed), b"\xff\xf3\x00\x00", 255),
    "register": Framed(_giving(lambda: registers.HostFramer().feed), b"\x7e\x00\x08\x00", 256),
    "lines": Framed(_giving(lambda: LineFramer().feed), b"]Q1", 7168),
}
