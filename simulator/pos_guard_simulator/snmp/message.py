"""Messages of SNMP v1 (RFC 1157) and v2c (RFC 1901, PDUs of RFC 3416)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from pos_guard.errors import FrameError
from pos_guard_simulator.snmp.ber import (
    Elements,
    Oid,
    Tag,
    element,
    integer_content,
    oid_content,
)

V1, V2C = 0, 1
"""Versions as a message has them."""

MAX_MESSAGE = 1_472
"""Bytes of a message, both ways: what one Ethernet frame carries; SNMP asks for 484 (RFC 3417)."""

_REQUESTS = frozenset({Tag.GET, Tag.GET_NEXT, Tag.SET, Tag.GET_BULK})


class Status(IntEnum):
    """What is wrong with a request (RFC 3416 section 3)."""

    NO_ERROR = 0
    TOO_BIG = 1
    NO_SUCH_NAME = 2
    NOT_WRITABLE = 17


@dataclass(frozen=True, slots=True)
class Value:
    """What an object is: the type, and its content as BER has it."""

    tag: Tag
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class Request:
    """A question. ``bindings``: its names and values as they came, for an answer that repeats them.

    ``once`` and ``times`` are GETBULK's non-repeaters and max-repetitions.
    """

    version: int
    community: bytes
    kind: Tag
    number: int
    names: tuple[Oid, ...]
    bindings: bytes
    once: int = 0
    times: int = 0


def parse_request(datagram: bytes) -> Request:
    """A request, as a whole datagram.

    :raises FrameError: ``truncated``, or ``malformed``: another version, or not a request.
    """
    outer = Elements(datagram)
    inner = Elements(outer.take(Tag.SEQUENCE))
    outer.end()
    version = inner.integer()
    community = inner.take(Tag.OCTETS)
    tag, content = inner.any()
    inner.end()
    if version not in (V1, V2C) or tag not in _REQUESTS:
        raise FrameError("malformed", f"version {version}, message {tag:02X}: nobody answers that")
    if version == V1 and tag == Tag.GET_BULK:
        raise FrameError("malformed", "SNMP v1 has no GETBULK")
    pdu = Elements(content)
    number, once, times = pdu.integer(), pdu.integer(), pdu.integer()
    bindings = pdu.take(Tag.SEQUENCE)
    pdu.end()
    names = tuple(_names(Elements(bindings)))
    return Request(version, community, Tag(tag), number, names, bindings, once, times)


def _names(bindings: Elements) -> Iterator[Oid]:
    while bindings.left:
        binding = Elements(bindings.take(Tag.SEQUENCE))
        name = binding.oid()
        binding.any()
        binding.end()
        yield name


def binding(name: Oid, value: Value) -> bytes:
    """One name and its value."""
    named = element(Tag.OID, oid_content(name))
    return element(Tag.SEQUENCE, named + element(value.tag, value.content))


def response(
    request: Request, bindings: bytes, status: Status = Status.NO_ERROR, index: int = 0
) -> bytes:
    """The answer to a request. ``index``: which of its names is wrong, from one."""
    numbers = (request.number, status, index)
    told = b"".join(element(Tag.INTEGER, integer_content(number)) for number in numbers)
    return element(
        Tag.SEQUENCE,
        element(Tag.INTEGER, integer_content(request.version))
        + element(Tag.OCTETS, request.community)
        + element(Tag.RESPONSE, told + element(Tag.SEQUENCE, bindings)),
    )
