"""The profiles of the request and answer links: what a till says, what its device may do wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pos_guard.frames import iso8583, stx_hypercom, stx_mispos, stx_pax, stx_transbank
from pos_guard.frames.stx_mispos_profile import example
from pos_guard.links.dialect import Parts
from pos_guard.links.exchange_make import make_parts
from pos_guard.links.iso8583_make import read_settings
from pos_guard.ports.address import Kind
from pos_guard_simulator.caisse_ap_twin import CaisseTerminal
from pos_guard_simulator.iso8583_host import HostSettings, Iso8583Host
from pos_guard_simulator.stx_concert_twin import concert_terminal
from pos_guard_simulator.stx_mispos_twin import mispos_terminal
from pos_guard_simulator.stx_nexi_twin import nexi_terminal
from pos_guard_simulator.stx_pax_twin import pax_terminal
from pos_guard_simulator.stx_terminal import StxTerminal
from pos_guard_simulator.stx_terminal_hypercom import HypercomSpeech
from pos_guard_simulator.stx_terminal_transbank import TransbankSpeech
from pos_guard_simulator.zvt_book import Script
from tests.links import iso8583_rig

AMOUNTS = (800, 1250, 1990, 4550, 12_000)

_GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "stx_more.json").read_text())
_UNITS = {v["id"]: bytes.fromhex(v["hex"])[1:-2] for v in _GOLDEN}


class _Caisse(CaisseTerminal):
    def __init__(self, script: Script) -> None:
        super().__init__(script=script)
        self.units: list[bytes] = []

    def _request(self, data: bytes) -> None:
        self.units.append(data)
        super()._request(data)


def _transbank(kind: str, amount: int, n: int, of: str) -> bytes:
    if kind == "sale":
        return stx_transbank.build("0200", str(amount), f"T{n}", "", "", "0", "")
    return f"1200|{int(of):06d}|".encode()


def _hypercom(kind: str, amount: int, n: int, of: str) -> bytes:
    del n
    fields = {"65": of.zfill(6)} if kind == "void" else {"40": f"{amount:012d}"}
    code = {"sale": "20", "refund": "27", "void": "26"}[kind]
    named = {name: value.encode() for name, value in fields.items()}
    message = stx_hypercom.Message("6000000000", "0", code, "00", named)
    return stx_hypercom.build(message, stx_hypercom.HYPERCOM)


def _credibanco(kind: str, amount: int, n: int, of: str) -> bytes:
    del n
    code, field = ("00", f"{amount:012d}") if kind == "sale" else ("26", of.zfill(6))
    named = {"40" if kind == "sale" else "65": field.encode()}
    message = stx_hypercom.Message("6000000000", "0", code, "00", named)
    return stx_hypercom.build(message, stx_hypercom.CREDIBANCO)


def _concert(kind: str, amount: int, n: int, of: str) -> bytes:
    del n, of
    unit = _UNITS["concert-e+-001" if kind == "sale" else "concert-e+-003"]
    return unit[:2] + f"{amount:08d}".encode() + unit[10:]


def _nexi(kind: str, amount: int, n: int, of: str) -> bytes:
    del n
    unit = _UNITS["nexi-p17-001"]
    if kind == "sale":
        return b"520012330P" + unit[10:23] + f"{amount:08d}".encode() + unit[31:]
    return b"520012330S00000001" + of.zfill(6).encode() + b"00"


def _pax(kind: str, amount: int, n: int, of: str) -> bytes:
    if kind == "void":
        return stx_pax.build("T00", "1.28", "16", "", "", f"{n}\x1f\x1f\x1f{of}")
    return stx_pax.build("T00", "1.28", {"sale": "01"}.get(kind, "02"), str(amount), "", str(n))


def _mispos(kind: str, amount: int, n: int, of: str) -> bytes:
    del n
    values = {"type": {"sale": "00", "void": "01", "refund": "02"}[kind], "terminal": "52001233"}
    values |= {"amount": str(0 if kind == "void" else amount)}
    values |= {} if kind == "sale" else {"original_trace": of}
    return stx_mispos.build_request(example(), values)


def _cup(kind: str, amount: int, n: int, of: str) -> bytes:
    trace = int(of) if of.isdecimal() else None
    own = (trace or n) if kind == "reversal" else n  # a reversal has the number of what it undoes
    message = iso8583_rig.request(kind, amount, own, None if kind == "sale" else trace)
    return iso8583.build(message, read_settings("iso8583-cup")[0])


def _ascii(kind: str, amount: int, n: int, of: str) -> bytes:
    del of
    assert kind == "sale"
    fields = {3: "000000", 4: f"{amount:012d}", 7: "0824141556", 11: f"{n:06d}",
              41: iso8583_rig.TERMINAL, 42: iso8583_rig.MERCHANT, 49: "156"}  # fmt: skip
    return iso8583.build(
        iso8583.Message("0200", fields, b"", b""), read_settings("iso8583-ascii")[0]
    )


def _caisse(kind: str, amount: int, n: int, of: str) -> bytes:
    del n
    action = {"sale": b"0", "refund": b"1", "void": b"2"}[kind]
    number = b"CH006" + of.zfill(6).encode() if kind == "void" else b""
    said = f"CB{len(str(amount)):03d}{amount}".encode()
    return b"CZ0040300CJ012012345678901CA00201CE003978BA0010CD001" + action + said + number


_STX = ("approve:700", "decline", "silent-before", "silent-after", "late:30000", "late:300000",
        "hang")  # fmt: skip
_MORE = ("approve:700", "decline", "silent-before", "silent-after", "late:30000", "late:300000",
         "reset", "nak", "bad-check", "split", "duplicate", "garbage")  # fmt: skip
_TCP = ("approve:700", "decline", "silent-before", "silent-after", "late:30000", "late:200000",
        "reset", "split", "duplicate", "bad-length", "garbage")  # fmt: skip
Build = Callable[[str, int, int, str], bytes]


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of link: its parts, its device, what its till says, what its device may do wrong."""

    protocol: str
    name: str
    currency: str
    build: Build
    twin: Callable[[Script], Any]
    words: tuple[str, ...]
    kinds: tuple[str, ...]

    def parts(self) -> Parts:
        """Of the guard, of the till (its device's side), and of who reads along."""
        port = Kind.SERIAL if self.protocol == "stx" else Kind.TCP
        return make_parts(self.protocol, self.name, port, port)


def _host(profile: str) -> Callable[[Script], Iso8583Host]:
    known, options = read_settings(profile)
    return lambda script: Iso8583Host(HostSettings(known, swap=options.swap), script)


_CUP = (*_TCP, "glue", "wrong-tpdu", "foreign", "wrong-trace")
_HYPERCOM, _CREDIBANCO = stx_hypercom.HYPERCOM, stx_hypercom.CREDIBANCO
PROFILES = (
    Profile("stx", "transbank", "CLP", _transbank, lambda s: StxTerminal(TransbankSpeech(), s),
            _STX, ("void",)),
    Profile("stx", "hypercom-ecr:EUR", "EUR", _hypercom,
            lambda s: StxTerminal(HypercomSpeech(_HYPERCOM), s), _STX, ("void", "refund")),
    Profile("stx", "credibanco", "COP", _credibanco,
            lambda s: StxTerminal(HypercomSpeech(_CREDIBANCO), s), _STX, ("void",)),
    Profile("stx", "concert-e+", "EUR", _concert, lambda s: concert_terminal(script=s),
            _MORE, ("refund",)),
    Profile("stx", "nexi-p17", "EUR", _nexi, lambda s: nexi_terminal(script=s),
            _MORE[1:], ("void",)),  # its answers name no amount
    Profile("stx", "pax-poslink:EUR", "EUR", _pax, lambda s: pax_terminal(script=s),
            _MORE, ("void", "refund")),
    Profile("stx", "mis-pos", "CNY", _mispos, lambda s: mispos_terminal(script=s),
            _MORE, ("void", "refund")),
    Profile("iso8583", "iso8583-cup", "CNY", _cup, _host("iso8583-cup"), _CUP,
            ("void", "refund", "reversal")),
    Profile("iso8583", "iso8583-ascii", "CNY", _ascii, _host("iso8583-ascii"), _TCP, ()),
    Profile("caisse-ap", "", "EUR", _caisse, _Caisse, (*_TCP, "taken", "foreign"),
            ("void", "refund")),
)  # fmt: skip
