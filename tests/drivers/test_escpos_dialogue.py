"""Questions and answers: which answer belongs to which question, whatever comes in between."""

from __future__ import annotations

import pytest

from pos_guard.errors import PortClosedError
from pos_guard.frames.escpos_replies import Reply
from pos_guard.frames.escpos_status import PrinterStatus
from pos_guard.frames.escpos_table import CHINA
from pos_guard.frames.printer_models import printer_model
from pos_guard.ports.memory import MemoryPort, memory_pair
from pos_guard_drivers.deadline import Deadline
from pos_guard_drivers.escpos_dialogue import MAX_KEPT, Dialogue
from pos_guard_drivers.escpos_markers import MARKERS, Identities, markers
from pos_guard_drivers.escpos_output import PIECE_BYTES, Output, _pieces, prints
from pos_guard_drivers.printer_job import JobState, Proof

# From Epson's tables (TM-T88III): DLE EOT 1 to 4 healthy; automatic status healthy with the
# cover open; GS ( H 48 with "0A0B".
HEALTHY = b"\x12\x12\x12\x12"
ASB_COVER = b"\x38\x00\x00\x00"
PROCESS = b'\x37"0A0B\x00'


def pair() -> tuple[Dialogue, MemoryPort]:
    host, device = memory_pair()
    return Dialogue(host), device


def test_answers_of_other_kinds_stay_for_whoever_wants_them() -> None:
    dialogue, device = pair()
    device.write(ASB_COVER + b"\x12" + PROCESS, 1.0)
    assert dialogue.wait(lambda reply: reply.kind == "realtime", Deadline(1.0)) is not None
    automatic = dialogue.automatic()
    assert automatic is not None
    assert (automatic.cover_open, automatic.online) == (True, False)
    assert dialogue.automatic() is None
    assert dialogue.take(lambda reply: reply.kind == "block") == [Reply("block", PROCESS)]


def test_nothing_in_time_is_none_and_a_closed_line_an_error() -> None:
    dialogue, device = pair()
    assert dialogue.wait(lambda _: True, Deadline(0.01)) is None
    device.close()
    with pytest.raises(PortClosedError):
        dialogue.wait(lambda _: True, Deadline(1.0))


def test_a_device_that_talks_without_end_is_bounded() -> None:
    dialogue, device = pair()
    for _ in range(4):
        device.write(b"\x00" * 200, 1.0)
        dialogue.listen()
    assert len(dialogue.take(lambda _: True)) == MAX_KEPT


def test_an_unanswered_sign_of_life_is_counted_until_its_answer_comes() -> None:
    dialogue, device = pair()
    dialogue.forgive()
    dialogue.ping(Deadline(1.0))
    dialogue.ping(Deadline(1.0))
    assert device.read(99, 1.0) == b"\x10\x04\x01" * 2
    assert dialogue.unanswered == 2
    device.write(b"\x12", 1.0)
    dialogue.listen()
    assert dialogue.unanswered == 1
    dialogue.forgive()
    assert dialogue.unanswered == 0


def test_an_answer_more_than_there_were_questions_makes_the_status_unknown() -> None:
    dialogue, device = pair()
    assert dialogue.status(Deadline(0.01)) == PrinterStatus()  # one answer is owed from now on

    class Late:
        """Answers the owed question in front of each later one: all are one too early."""

        def __init__(self, port: MemoryPort) -> None:
            self.port = port
            self.first = True

        def read(self, limit: int, seconds: float) -> bytes:
            return self.port.read(limit, seconds)

        def write(self, data: bytes, seconds: float) -> None:
            self.port.write(data, seconds)
            device.write(HEALTHY[:1], 1.0)
            if data[2] == 4:
                device.write(b"\x7e", 1.0)  # the real answer to 4: no paper

        def close(self) -> None:
            self.port.close()

    dialogue._port = Late(dialogue._port)  # type: ignore[arg-type]  # the pair's host end
    assert dialogue.status(Deadline(2.0)) == PrinterStatus()


def test_identities_differ_and_start_anywhere() -> None:
    one, other = Identities(), Identities()
    made = [one() for _ in range(500)]
    assert len(set(made)) == 500
    assert all(len(item) == 4 and item.isalnum() for item in made)
    assert {other() for _ in range(5)}.isdisjoint(made)


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        ("process-id", Reply("block", PROCESS), Reply("block", b'\x37"0A0C\x00')),
        ("status", Reply("status", b"\x00"), Reply("realtime", b"\x12")),
        ("asb", Reply("asb", b"\x10\x00\x00\x00"), Reply("status", b"\x00")),
    ],
)
def test_each_marker_knows_its_own_answer(kind: str, right: Reply, wrong: Reply) -> None:
    make = {str(name): make for name, make in MARKERS.items()}[kind]
    marker = make(b"0A0B")
    assert marker.answer(right)
    assert not marker.answer(wrong)
    assert marker.proof == kind
    assert marker.certain is (kind == "process-id")


def test_a_model_gives_its_markers_best_first_and_only_those_that_ask() -> None:
    model = printer_model("epson-80")
    proofs = [marker.proof for marker in markers(model.confirm, Identities())]
    assert proofs[0] is Proof.PROCESS_ID
    assert markers(("none",), Identities()) == []
    assert markers(("etb",), Identities()) == []


@pytest.mark.parametrize(
    ("data", "moves"),
    [
        (b"", False),
        (b"\x1b@\x1ba\x01\x1bE\x01\x1dh\x50", False),
        (b"\x1b@\x1dv0\x00\x48", False),  # not one pixel yet
        (b"\x1b@\x1dv0\x00\x48\x00\xff\x00\xaa", True),  # some print each row as it comes
        (b"\x1b@Total", True),
        (b"\x1b@\n", True),
        (b"\x1bd\x05", True),
        (b"\x1dV\x00", True),
        (b"\x1bp\x00\x19\x19", True),
    ],
)
def test_only_settings_leave_the_paper_alone(data: bytes, moves: bool) -> None:
    assert prints(data) is moves


def test_a_cut_job_knows_how_many_bytes_its_last_command_is_short_of() -> None:
    picture = b"\x1dv0\x00\x02\x00\x04\x00" + bytes(8)
    output = Output(1, picture + b"Total\n", marker=None, asb=False)
    output.sent = 2 + 10  # ESC @, and ten bytes of the picture
    assert output.missing == len(picture) - 10
    assert not output.harmless
    assert output.cut("pulled").state is JobState.UNKNOWN
    output.sent = 2 + len(picture)
    assert output.missing == 0
    output.sent = 2 + 3
    assert output.harmless
    output.sent = 0
    assert (output.cut("pulled").state, output.result.proof) == (
        JobState.NOT_PRINTED,
        Proof.NOTHING_SENT,
    )


def test_a_jobs_own_reset_does_not_switch_automatic_status_off_again() -> None:
    output = Output(1, b"\x1b@Total\n", marker=None, asb=True)
    assert output._data == b"\x1b@\x1da\xffTotal\n\x1da\x00"


def test_a_job_is_cut_only_where_a_command_of_its_dialect_ends() -> None:
    code = b"\x1bZ\x00\x01\x04" + (2000).to_bytes(2, "little") + b"q" * 2000  # escpos-php 822
    job = b"top\n" * 300 + code + b"end\n" * 300
    pieces = list(_pieces(job, CHINA))
    assert b"".join(pieces) == job
    assert [piece for piece in pieces if b"q" in piece] == [code]
    assert all(len(piece) <= PIECE_BYTES for piece in pieces if piece != code)
    assert len(pieces) > 5
