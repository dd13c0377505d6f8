"""Every reader of one whole message behind one shape: bytes in, anything or FrameError out.

With each the messages of manuals and of others' programs that it reads: fuzzing begins there.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from pos_guard.errors import FrameError
from pos_guard.frames import (
    caisse_ap,
    emv_cpm,
    emv_mpm,
    honeywell,
    http_head,
    iso8583,
    iso8583_intent,
    json_strict,
    keys,
    newland,
    newland_em3000,
    provider_form,
    provider_xml,
    registers,
    ssi,
    star_status,
    stx_concert,
    stx_hypercom,
    stx_mispos,
    stx_mispos_profile,
    stx_nexi,
    stx_nexi_reply,
    stx_pax,
    stx_pax_reply,
    stx_transbank,
    usbip,
    usbip_import,
    zvt,
    zvt_apdu,
    zvt_intent,
)
from pos_guard.frames.codes import classify
from pos_guard.frames.de2120 import parse_command
from pos_guard.frames.decoders import PROFILES as DECODED_PROFILES
from pos_guard.frames.decoders import PROTOCOLS
from pos_guard.frames.hid_descriptor import parse_descriptor
from pos_guard.frames.hid_keyboard import find_keys, parse_keys
from pos_guard.frames.hid_pos import LAYOUTS, find_layout, parse_report
from pos_guard.frames.hid_pos_output import parse_serial
from pos_guard.frames.iso8583_profile import PROFILES
from pos_guard.frames.provider_profile_file import profile, profile_names
from pos_guard.frames.provider_reply import outcome_of
from pos_guard.frames.provider_request import Asked, Meaning, intent_of, read
from pos_guard.frames.ssi_parameters import read_numbers, read_parameters

GOLDEN = Path(__file__).parents[1] / "golden"

Read = Callable[[bytes], object]


@dataclass(frozen=True, slots=True)
class Reading:
    """One reader and what it is known to read."""

    read: Read
    seeds: tuple[bytes, ...]


def _golden(*names: str, key: str = "hex") -> tuple[bytes, ...]:
    """Every value of that key anywhere in these files, at most 40 a file."""
    found: list[bytes] = []
    for name in names:
        texts = list(_texts(json.loads((GOLDEN / name).read_text(encoding="utf-8")), key))
        found += [_bytes(text, key) for text in texts[:: max(1, len(texts) // 40)]]
    return tuple(found)


def _texts(value: Any, key: str) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get(key), str):
            yield value[key]
        for inner in value.values():
            yield from _texts(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, key)


def _bytes(text: str, key: str) -> bytes:
    try:
        return bytes.fromhex(text) if key != "body" else text.encode()
    except ValueError:
        return text.encode("utf-8", "surrogateescape")


def _bare(seeds: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """Bodies of STX frames without a length field."""
    return tuple(seed[1:-2] for seed in seeds)


def _targets(*names: str) -> Iterator[bytes]:
    for name in names:
        for row in json.loads((GOLDEN / name).read_text(encoding="utf-8")).values():
            if isinstance(row, dict) and "target" in row:
                yield f"{row['target']}\n{row['body']}".encode()


# What no golden file holds: a request of the example profiles, in their own words.
AGGREGATOR = (
    b'/api/v1/pay\n{"merchant_no":"M0001","order_no":"A-1","amount":1250,"currency":"CNY",'
    b'"auth_code":"134621000053364349","subject":"x","nonce":"n","timestamp":1,"sign":"s"}'
)
MISPOS = b"00000000001250" + b"1".rjust(8, b"0") + b" " * 8 + b"0" * 6 + b" " * 43
SALE = {3: "000000", 4: "000000001250", 11: "000080", 41: "10016919"}

ZVT = _golden("zvt.json", "till_zvt.json")
STX = _golden("stx.json", "stx_more.json")
BODIES = _bare(STX) + tuple(seed[3:-2] for seed in STX)
ISO = _golden("iso8583.json", "iso8583_pyiso8583.json")
CAISSE = _golden("caisse_ap.json", key="text")
WEB = _golden("providers.json", "wechat.json", key="body")
ASKED = (*_targets("providers.json", "wechat.json"), AGGREGATOR)
SSI = _golden("ssi.json", "ssi_others.json")
REGISTERS = _golden("registers.json", key="payload")
SCANNERS = _golden("scanner_lines_commands.json", key="payload")
FORM = b"charset=utf-8&app_id=2014072300007148&biz_content=%7B%22out_trade_no%22%3A%22A-1%22%7D"
CODES = _golden("scanned_codes.json", "scan_checks.json", key="payload")
DESCRIPTORS = _golden("hid_descriptors.json", key="descriptor")
HEAD = (
    b"POST /v3/refund/domestic/refunds HTTP/1.1\r\nHost: api.example\r\nContent-Length: 2\r\n\r\n"
)
USBIP = _golden("usbip.json", key="submit_in") + _golden("usbip.json", key="submit_out")

CALLS = tuple(
    b"POST %s HTTP/1.1\r\nHost: api.example\r\nContent-Length: %d\r\n\r\n%s"
    % (target, len(body), body)
    for target, _, body in (asked.partition(b"\n") for asked in ASKED)
)

_SEEDS = {
    "alipay": CALLS,
    "caisse-ap": CAISSE,
    "escpos": _golden("escpos_commands.json"),
    "hidpos": _golden("hid_pos.json", key="payload"),
    "iso8583": ISO,
    "provider": CALLS,
    "register": REGISTERS,
    "ssi": SSI,
    "star": _golden("escpos_commands.json"),
    "stx": STX,
    "wechat": CALLS,
    "zvt": ZVT,
    "zvt-serial": ZVT,
}


def _decoders() -> Iterator[tuple[str, Reading]]:
    """All of ``pos-guard decode``: an error is part of what it shows, never raised."""
    rows = [(name, "", where) for name, where in PROTOCOLS.items()]
    rows += [
        (name, f" {of}", where)
        for name in DECODED_PROFILES
        for of, where in DECODED_PROFILES[name].items()
    ]
    for name, of, (module, function) in rows:
        decode = getattr(import_module(module), function)
        yield f"decode {name}{of}", Reading(partial(_shown, decode), _SEEDS[name])


def _shown(decode: Callable[[bytes], Iterator[Any]], data: bytes) -> None:
    for decoded in decode(data):
        json.dumps(decoded.as_json())


def _zvt(data: bytes) -> None:
    zvt_intent.intent_of(zvt.parse(zvt_apdu.single(data)), "EUR")


def _iso(name: str, data: bytes) -> None:
    message = iso8583.parse(data, PROFILES[name])
    iso8583_intent.intent_of(message, PROFILES[name])


def _iso_seeds(name: str) -> tuple[bytes, ...]:
    known = PROFILES[name]
    sale = iso8583.Message("0200", SALE, bytes(known.tpdu), bytes(known.header))
    return (*(seed[2:] for seed in ISO), iso8583.build(sale, known))


def _caisse(data: bytes) -> None:
    caisse_ap.intent_of(caisse_ap.parse_request(data))


def _hypercom(variant: stx_hypercom.Variant, data: bytes) -> None:
    stx_hypercom.intent_of(stx_hypercom.parse_request(data, variant), variant)


def _mispos(data: bytes) -> None:
    known = stx_mispos_profile.example()
    stx_mispos.intent_of(known, stx_mispos.parse_request(known, data))


def _request(name: str, data: bytes) -> None:
    """A request: its target in the first line, its body behind."""
    target, _, body = data.partition(b"\n")
    asked = Asked("POST", target.decode("latin-1"), body, lambda _: None)
    intent_of(profile(name), read(profile(name), asked))


def _reply(name: str, data: bytes) -> None:
    known = profile(name)
    for rule in known.request:
        outcome_of(known, Meaning(rule.op, rule=rule), 200, data)


def _keyboard(data: bytes) -> None:
    descriptor = parse_descriptor(data)
    shape = find_keys(descriptor)
    if shape is not None:
        parse_keys(bytes(64), shape)
    layout = find_layout(descriptor)
    if layout is not None:
        parse_report(bytes(layout.size), layout, strict=False)


def _reports(data: bytes) -> None:
    for layout in LAYOUTS.values():
        with contextlib.suppress(FrameError):
            parse_report(data, layout, strict=False)


def _code(data: bytes) -> None:
    classify(data.decode("utf-8", "replace"))


def _text(read: Callable[[str], object], data: bytes) -> None:
    read(data.decode("utf-8", "replace"))


READERS: Mapping[str, Reading] = {
    **dict(_decoders()),
    "zvt": Reading(_zvt, ZVT),
    **{name: Reading(partial(_iso, name), _iso_seeds(name)) for name in PROFILES},
    "caisse-ap": Reading(_caisse, CAISSE),
    "caisse-ap answer": Reading(caisse_ap.parse, CAISSE),
    "transbank request": Reading(stx_transbank.parse_request, BODIES),
    "transbank reply": Reading(stx_transbank.parse_reply, BODIES),
    "hypercom-ecr": Reading(partial(_hypercom, stx_hypercom.HYPERCOM), BODIES),
    "credibanco": Reading(partial(_hypercom, stx_hypercom.CREDIBANCO), BODIES),
    "concert-e+ request": Reading(stx_concert.parse_request, BODIES),
    "concert-e+ answer": Reading(stx_concert.parse_answer, BODIES),
    "nexi-p17 request": Reading(stx_nexi.parse_request, BODIES),
    "nexi-p17 reply": Reading(stx_nexi_reply.parse_reply, BODIES),
    "pax-poslink command": Reading(stx_pax.parse_command, BODIES),
    "pax-poslink reply": Reading(stx_pax_reply.parse_reply, BODIES),
    "mis-pos": Reading(_mispos, (*BODIES, MISPOS)),
    **{f"{name} request": Reading(partial(_request, name), ASKED) for name in profile_names()},
    **{f"{name} reply": Reading(partial(_reply, name), WEB) for name in profile_names()},
    "http head": Reading(http_head.parse_head, (HEAD,)),
    "json": Reading(json_strict.parse, WEB),
    "xml": Reading(provider_xml.parse_xml, WEB),
    "form": Reading(lambda data: provider_form.parse_form("", data, ("biz_content",)), (FORM,)),
    "ssi": Reading(ssi.parse, SSI),
    "ssi parameters": Reading(lambda data: (read_parameters(data), read_numbers(data)), SSI),
    "register host": Reading(registers.parse_host, REGISTERS),
    "register reply": Reading(registers.parse_reply, REGISTERS),
    "hid descriptor": Reading(_keyboard, DESCRIPTORS),
    "hid report": Reading(_reports, _SEEDS["hidpos"]),
    "hid output": Reading(parse_serial, _SEEDS["hidpos"]),
    "key events": Reading(keys.parse_events, (keys.build_events([keys.SYN]),)),
    "honeywell menu": Reading(honeywell.parse_menu, (b"\x16M\rALLENA1.",)),
    "honeywell reply": Reading(honeywell.parse_reply, (b"ALLENA1\x06.",)),
    "newland": Reading(newland.parse_command, (b"~\x010000@ALLENA1;\x03",)),
    "newland reply": Reading(newland.parse_reply, (b"\x02\x010000@ALLENA1\x06;\x03",)),
    "newland em3000": Reading(newland_em3000.parse_frame, SCANNERS),
    "de2120": Reading(parse_command, (b"^_^SCMDCD.",)),
    "star status": Reading(star_status.parse_asb, (b"\x0f\x00\x00\x00\x00\x00\x00",)),
    "usbip": Reading(lambda data: usbip.parse_command(data[:48].ljust(48, b"\0")), USBIP),
    "usbip import": Reading(usbip_import.parse_request, (b"\x01\x11\x80\x05\x00\x00\x00\x00",)),
    "merchant code": Reading(partial(_text, emv_mpm.parse), CODES),
    "consumer code": Reading(partial(_text, emv_cpm.parse), CODES),
    "code": Reading(_code, CODES),
}
