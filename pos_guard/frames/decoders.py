"""Which protocols can be decoded, and where the decoder of each lives.

Decoders are loaded when they are asked for: together they are most of the code for frames.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module

from pos_guard.frames.decoded import Decoded

Decoder = Callable[[bytes], Iterator[Decoded]]

Where = tuple[str, str]
"""A module, and the name of the function in it."""

PROTOCOLS: Mapping[str, Where] = {
    "caisse-ap": ("pos_guard.frames.caisse_ap_decode", "decode"),
    "escpos": ("pos_guard.frames.escpos", "decode"),
    "hidpos": ("pos_guard.frames.hid_pos_decode", "decode"),
    "register": ("pos_guard.frames.registers_decode", "decode"),
    "ssi": ("pos_guard.frames.ssi_decode", "decode"),
    "star": ("pos_guard.frames.star_decode", "decode"),
    "zvt": ("pos_guard.frames.zvt_decode", "decode"),
    "zvt-serial": ("pos_guard.frames.zvt_decode", "decode_serial"),
}
"""Protocols that are spoken in one way only."""

PROFILES: Mapping[str, Mapping[str, Where]] = {
    "alipay": {"alipay": ("pos_guard.frames.provider_decode", "decode_alipay")},
    "iso8583": {
        "any": ("pos_guard.frames.iso8583_decode", "decode"),
        "iso8583-ascii": ("pos_guard.frames.iso8583_decode", "decode_ascii"),
        "iso8583-cup": ("pos_guard.frames.iso8583_decode", "decode_cup"),
        "iso8583-mixed": ("pos_guard.frames.iso8583_decode", "decode_mixed"),
    },
    "provider": {
        "aggregator-example": ("pos_guard.frames.provider_decode", "decode_aggregator"),
        "alipay": ("pos_guard.frames.provider_decode", "decode_alipay"),
        "wechat-v2": ("pos_guard.frames.provider_decode", "decode_wechat_v2"),
        "wechat-v3": ("pos_guard.frames.provider_decode", "decode_wechat_v3"),
    },
    "stx": {
        "concert-e+": ("pos_guard.frames.stx_concert", "decode"),
        "credibanco": ("pos_guard.frames.stx_hypercom", "decode_credibanco"),
        "hypercom-ecr": ("pos_guard.frames.stx_hypercom", "decode"),
        "mis-pos": ("pos_guard.frames.stx_mispos_profile", "decode"),
        "nexi-p17": ("pos_guard.frames.stx_nexi_decode", "decode"),
        "pax-poslink": ("pos_guard.frames.stx_pax_decode", "decode"),
        "transbank": ("pos_guard.frames.stx_transbank", "decode"),
    },
    "wechat": {
        "wechat-v2": ("pos_guard.frames.provider_decode", "decode_wechat_v2"),
        "wechat-v3": ("pos_guard.frames.provider_decode", "decode_wechat_v3"),
    },
}
"""Protocols whose frames differ by profile."""

USUAL_PROFILES: Mapping[str, str] = {"alipay": "alipay", "iso8583": "any", "wechat": "wechat-v3"}
"""The profile that is meant where none is named."""

ANY = "any"
"""A profile that tries all others."""


def load(where: Where) -> Decoder:
    """The decoder itself."""
    module, name = where
    decode: Decoder = getattr(import_module(module), name)
    return decode


def decoder_of(name: str) -> Decoder | None:
    """The decoder of a protocol or of a profile (``zvt``, ``transbank``, ``iso8583-cup``)."""
    where = _BY_NAME.get(name)
    return None if where is None else load(where)


_BY_NAME: Mapping[str, Where] = {
    **PROTOCOLS,
    **{name: where for known in PROFILES.values() for name, where in known.items() if name != ANY},
}
