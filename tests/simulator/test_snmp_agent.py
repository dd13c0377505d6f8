"""SNMP messages: answers as net-snmp's agent gives them, and what gets none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_guard.errors import FrameError
from pos_guard_simulator.snmp.agent import Agent
from pos_guard_simulator.snmp.ber import Elements, Oid, Tag, element, integer_content, oid_content
from pos_guard_simulator.snmp.message import MAX_MESSAGE, Value, parse_request
from pos_guard_simulator.snmp.view import View, named, text, whole

SYSTEM: Oid = (1, 3, 6, 1, 2, 1, 1)
OBJECTS: dict[Oid, dict[Oid, Value]] = {
    (*SYSTEM, 1): {(0,): text("EPSON TM-T20II")},
    (*SYSTEM, 2): {(0,): named((0, 0))},
}

# Requests of net-snmp 5.9.3's snmpget, snmpgetnext, snmpbulkget and snmpset, and what its snmpd
# answered to them with `sysdescr EPSON TM-T20II` and `sysobjectid .0.0`. Those of the walks past
# the end and of the instance that is not there were changed by hand from these.
SNMPD = {
    "get-v1": (
        "302902010004067075626c6963a01c02045dc97c23020100020100300e300c06082b060102010101000500",
        "303702010004067075626c6963a22a02045dc97c23020100020100301c301a06082b06010201010100040e"
        "4550534f4e20544d2d5432304949",
    ),
    "no-such-object": (
        "302902010104067075626c6963a01c020442c988a1020100020100300e300c06082b060102016301000500",
        "302902010104067075626c6963a21c020442c988a1020100020100300e300c06082b060102016301008000",
    ),
    "no-such-instance": (
        "302902010104067075626c6963a01c020442c988a1020100020100300e300c06082b060102010101070500",
        "302902010104067075626c6963a21c020442c988a1020100020100300e300c06082b060102010101078100",
    ),
    "no-such-name-v1": (
        "302902010004067075626c6963a01c020442c988a1020100020100300e300c06082b060102016301000500",
        "302902010004067075626c6963a21c020442c988a1020102020101300e300c06082b060102016301000500",
    ),
    "next-past-the-end-v1": (
        "302a02010004067075626c6963a11d02046256139f020100020100300f300d06092b06010401950b01020500",
        "302a02010004067075626c6963a21d02046256139f020102020101300f300d06092b06010401950b01020500",
    ),
    "next-past-the-end": (
        "302602010104067075626c6963a119020419fb0089020100020100300b300906052b070102010500",
        "302602010104067075626c6963a219020419fb0089020100020100300b300906052b070102018200",
    ),
    "bulk": (
        "302602010104067075626c6963a519020419fb0089020100020102300b300906052b060102010500",
        "304602010104067075626c6963a239020419fb0089020100020100302b301a06082b06010201010100040e"
        "4550534f4e20544d2d5432304949300d06082b06010201010200060100",
    ),
    "set": (
        "302d02010104067075626c6963a32002047d0e06df020100020100301230100608"
        "2b06010201010600040468657265",
        "302d02010104067075626c6963a22002047d0e06df020111020101301230100608"
        "2b06010201010600040468657265",
    ),
    "set-v1": (
        "302d02010004067075626c6963a32002046f462a00020100020100301230100608"
        "2b06010201010600040468657265",
        "302d02010004067075626c6963a22002046f462a00020102020101301230100608"
        "2b06010201010600040468657265",
    ),
}


def agent(objects: dict[Oid, dict[Oid, Value]] | None = None) -> Agent:
    view = View(OBJECTS if objects is None else objects)
    return Agent(lambda: view)


def asked(kind: Tag, names: list[Oid], *, version: int = 1, once: int = 0, times: int = 0) -> bytes:
    """A request of community public with the number 7."""
    bound = b"".join(
        element(Tag.SEQUENCE, element(Tag.OID, oid_content(name)) + element(Tag.NULL, b""))
        for name in names
    )
    numbers = b"".join(element(Tag.INTEGER, integer_content(one)) for one in (7, once, times))
    return element(
        Tag.SEQUENCE,
        element(Tag.INTEGER, integer_content(version))
        + element(Tag.OCTETS, b"public")
        + element(kind, numbers + element(Tag.SEQUENCE, bound)),
    )


def told(answer: bytes | None) -> tuple[int, int, list[tuple[Oid, int]]]:
    """Its error status and index, and the names and types of its values."""
    assert answer is not None
    assert len(answer) <= MAX_MESSAGE
    inner = Elements(Elements(answer).take(Tag.SEQUENCE))
    inner.integer()
    inner.take(Tag.OCTETS)
    pdu = Elements(inner.take(Tag.RESPONSE))
    assert pdu.integer() == 7
    status, index = pdu.integer(), pdu.integer()
    bindings, found = Elements(pdu.take(Tag.SEQUENCE)), list[tuple[Oid, int]]()
    while bindings.left:
        one = Elements(bindings.take(Tag.SEQUENCE))
        found.append((one.oid(), one.any()[0]))
    return status, index, found


@pytest.mark.parametrize("case", SNMPD)
def test_it_answers_as_another_agent_does(case: str) -> None:
    request, answer = (bytes.fromhex(one) for one in SNMPD[case])
    assert agent().answer(request) == answer


@pytest.mark.parametrize(
    ("what", "datagram"),
    [
        (
            "another community",
            "302a020101040770726976617465a01c020415bd4ecb020100020100300e300c06082b06010201010100"
            "0500",
        ),
        (
            "version 3",
            "302902010304067075626c6963a01c02045dc97c23020100020100300e300c06082b060102010101000500",
        ),
        (
            "a trap",
            "302902010104067075626c6963a71c02045dc97c23020100020100300e300c06082b060102010101000500",
        ),
        (
            "GETBULK in v1",
            "302602010004067075626c6963a519020419fb0089020100020102300b300906052b060102010500",
        ),
        (
            "something behind",
            "302902010004067075626c6963a01c02045dc97c23020100020100300e300c06082b06010201010100"
            "050000",
        ),
        (
            "an unended number",
            "302902010004067075626c6963a01c02045dc97c23020100020100300e300c06082b0601020101"
            "01800500",
        ),
        (
            "33 bits in a name",
            "302602010104067075626c6963a019020419fb0089020100020100300b3009060590808080000500",
        ),
        (
            "a length without end",
            "308002010104067075626c6963a019020419fb0089020100020100300b300906052b060102010500",
        ),
        (
            "five bytes of a number",
            "302a02010004067075626c6963a01d02050123456789020100020100300e300c06082b0601020101"
            "01000500",
        ),
        ("nothing", ""),
    ],
)
def test_what_makes_no_sense_is_not_answered(what: str, datagram: str) -> None:
    assert agent().answer(bytes.fromhex(datagram)) is None, what


def test_a_device_that_is_off_says_nothing() -> None:
    assert Agent(lambda: None).answer(asked(Tag.GET, [(*SYSTEM, 1, 0)])) is None


def test_v1_names_the_first_that_is_wrong() -> None:
    names = [(*SYSTEM, 1, 0), (*SYSTEM, 9, 0)]
    status, index, found = told(agent().answer(asked(Tag.GET, names, version=0)))
    assert (status, index) == (2, 2)
    assert found == [(name, Tag.NULL) for name in names]


def test_an_empty_table_is_known_all_the_same() -> None:
    empty = agent({(1, 3, 9): {}})
    assert told(empty.answer(asked(Tag.GET, [(1, 3, 9, 1)]))) == (
        0,
        0,
        [((1, 3, 9, 1), Tag.NO_SUCH_INSTANCE)],
    )


def test_bulk_asks_some_once_and_ends_at_the_end() -> None:
    request = asked(Tag.GET_BULK, [SYSTEM, (*SYSTEM, 1)], once=1, times=2**31 - 1)
    assert told(agent().answer(request)) == (
        0,
        0,
        [
            ((*SYSTEM, 1, 0), Tag.OCTETS),
            ((*SYSTEM, 1, 0), Tag.OCTETS),
            ((*SYSTEM, 2, 0), Tag.OID),
            ((*SYSTEM, 2, 0), Tag.END_OF_VIEW),
        ],
    )


@pytest.mark.parametrize(("once", "times"), [(-1, 0), (0, -5), (-(2**31), -(2**31))])
def test_bulk_without_repetitions_is_empty(once: int, times: int) -> None:
    request = asked(Tag.GET_BULK, [SYSTEM], once=once, times=times)
    assert told(agent().answer(request)) == (0, 0, [])


def test_bulk_gives_as_much_as_fits() -> None:
    many = agent({(1, 3, 9): {(number,): whole(number) for number in range(500)}})
    status, _, found = told(many.answer(asked(Tag.GET_BULK, [(1, 3)], times=400)))
    assert status == 0
    assert [name for name, _ in found] == [(1, 3, 9, number) for number in range(len(found))]
    assert 100 < len(found) < 400


@pytest.mark.parametrize("version", [0, 1])
def test_what_does_not_fit_is_too_big(version: int) -> None:
    large = agent({(1, 3): {(1,): text("x" * 500)}})
    request = asked(Tag.GET, [(1, 3, 1)] * 3, version=version)
    status, index, found = told(large.answer(request))
    assert (status, index, len(found)) == (1, 0, 0 if version else 3)


def test_an_empty_set_changes_nothing() -> None:
    assert told(agent().answer(asked(Tag.SET, []))) == (0, 0, [])


@given(st.binary(max_size=200))
def test_garbage_is_not_answered(datagram: bytes) -> None:
    answer = agent().answer(datagram)
    assert answer is None or b"public" in datagram


@given(st.sampled_from(sorted(SNMPD)), st.data())
def test_a_damaged_request_harms_nothing(case: str, data: st.DataObject) -> None:
    """Whatever byte is another: an answer within bounds, or none."""
    request = bytearray.fromhex(SNMPD[case][0])
    at = data.draw(st.integers(0, len(request) - 1))
    request[at] = data.draw(st.integers(0, 255))
    answer = agent().answer(bytes(request))
    assert answer is None or len(answer) <= MAX_MESSAGE


@given(st.sampled_from(sorted(SNMPD)), st.data())
def test_half_a_request_is_none(case: str, data: st.DataObject) -> None:
    request = bytes.fromhex(SNMPD[case][0])
    half = request[: data.draw(st.integers(0, len(request) - 1))]
    with pytest.raises(FrameError):
        parse_request(half)


@given(st.lists(st.integers(0, 2**32 - 1), max_size=126), st.integers(0, 1), st.integers(0, 39))
def test_every_name_is_read_as_it_was_written(rest: list[int], first: int, second: int) -> None:
    name = (first, second, *rest)
    assert Elements(element(Tag.OID, oid_content(name))).oid() == name


@given(st.integers(-(2**31), 2**31 - 1))
def test_every_number_is_read_as_it_was_written(number: int) -> None:
    assert Elements(element(Tag.INTEGER, integer_content(number))).integer() == number
