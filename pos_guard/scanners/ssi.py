"""SSI, the host's side: packets and acknowledgements of Zebra, Symbol and Motorola scanners.

Each code is delivered once: its acknowledgement stands after it, and a retransmission of what was
just acknowledged is acknowledged again and not delivered; after three response time-outs of silence
it is a new code (``ssi_receive`` has the case that this leaves open). What came damaged is asked
for again; what stays lost is reported, never guessed. Sources: SE-923 Integration Guide ch. 6,
DS4308 p.167 to 169, DS457 ch. 8, DS8108 p.85, CR6080 p.198 (multipacket options).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from pos_guard.errors import DeviceError
from pos_guard.frames import ssi
from pos_guard.frames import ssi_parameters as param
from pos_guard.frames.lines import LineSettings
from pos_guard.frames.ssi import BadPacket, Op, Packet, Status
from pos_guard.frames.ssi_parameters import Parameter, build_number, build_parameters
from pos_guard.scanners.language import Command, Item, Items, Reply
from pos_guard.scanners.ssi_orders import Order, Orders
from pos_guard.scanners.ssi_passing import Passing
from pos_guard.scanners.ssi_raw import RawCodes
from pos_guard.scanners.ssi_receive import ACK, Receiver

_PLAIN: Final = {
    Command.TRIGGER: Op.START_SESSION,
    Command.STOP: Op.STOP_SESSION,
    Command.ENABLE: Op.SCAN_ENABLE,
    Command.DISABLE: Op.SCAN_DISABLE,
}
_RESPONSE_TENTHS: Final = (20, 50, 75, 99)
"""The values of parameter 9B that the manuals print (DS8108 p.85, DS9908 p.254, DS6707 p.85): a
scanner may refuse others."""

_BOOTED: Final = 0x03
"""The event of a decoder that has lost power: what was set for the time being is gone."""


@dataclass(frozen=True, slots=True)
class SsiSettings:
    """How the scanner is set, and what it is told when it comes.

    ``packets``: codes come in packets (parameter EE is set); else raw, which nobody acknowledges
    and nobody can tell from noise. ``lock``: no set-up codes (EC off). ``host_trigger``: it reads
    when told (8A). ``ack_each``: multipacket option 1; without, a packet that is lost on the way is
    noticed only if its bytes arrive. ``wake``: a WAKEUP before each command, for lines without
    RTS/CTS. ``yes`` and ``no`` are beep codes. ``code``: prefix, suffix and AIM identifier in
    the data, and for raw codes their end. ``idle_seconds``: the silence that ends a raw code.
    ``response_seconds``: how long the scanner shall wait for an acknowledgement, at least. It is
    set to the next value that scanners know (9B: 2.0, 5.0, 7.5 or 9.9 s). One that refuses may
    wait for any time: then what it said is remembered as if that were the longest. With less than
    the scanner's value a lost part of a code is reported before it comes again.
    """

    packets: bool = True
    lock: bool = True
    host_trigger: bool = False
    ack_each: bool = True
    wake: bool = False
    yes: int = 0x00
    no: int = 0x12
    response_seconds: float = 2.0
    code: LineSettings = field(default_factory=LineSettings)
    idle_seconds: float = 0.1


class SsiLanguage:
    """See :class:`~pos_guard.scanners.language.ScannerLanguage`."""

    def __init__(self, settings: SsiSettings | None = None) -> None:
        self.settings = settings or SsiSettings()
        self._orders = Orders(ssi.WAKEUP if self.settings.wake else b"")
        self._framer = ssi.Framer(ssi.DECODER)
        self._receiver = Receiver(
            self.settings.code, self.settings.response_seconds, ack_each=self.settings.ack_each
        )
        self._raw = RawCodes(self.settings.code)
        self._passing = Passing(locked=self.settings.lock, packets=self.settings.packets)

    @property
    def can(self) -> frozenset[Command]:
        """All of them."""
        return frozenset(Command)

    @property
    def wait(self) -> float | None:
        """The next time-out: within a packet, for an answer, for the rest of a message."""
        if self._framer.pending or self._receiver.hurried:
            return ssi.CHARACTER_SECONDS
        if self._raw.pending:
            return self.settings.idle_seconds
        return self.settings.response_seconds if self._ordered else self._receiver.wait

    def connected(self, descriptor: bytes = b"") -> Items:
        """Set the scanner up; what it was about to say is gone."""
        del descriptor
        self._framer.expire()
        self._raw.clear()
        self._passing.clear()
        self._orders.clear()
        return [*self._receiver.restart(), *self._set_up()]

    def feed(self, data: bytes) -> Items:
        """Bytes of the scanner, cut anywhere."""
        if not self.settings.packets and not self._orders.pending and not self._framer.pending:
            return self._raw.feed(data)
        items: Items = []
        for event in self._framer.feed(data):
            items += self._packet(event) if isinstance(event, Packet) else self._bad(event)
        if not self.settings.packets and not self._orders.pending:
            items += self._raw.feed(self._framer.expire())
        return items

    def silence(self) -> Items:
        """The shortest of the time-outs that run has passed."""
        if self._framer.pending:
            return self._cut(self._framer.expire())
        if self._receiver.hurried:
            return self._quiet()
        if self._raw.pending:
            return self._raw.idle()
        return self._unanswered() if self._ordered else self._receiver.silence()

    def _unanswered(self) -> Items:
        items = self._orders.repeat()
        if any(isinstance(item, Reply) for item in items):  # given up
            self._receiver.greeted()
        return items

    @property
    def _ordered(self) -> bool:
        """An answer is waited for, and nothing shorter."""
        return self._orders.pending and not self._receiver.halfway

    def command(self, command: Command) -> Items:
        """Tell the scanner something. It answers each command: ``Reply.to`` names it.

        :raises DeviceError: ``E_BUSY`` while the answer to another one is due.
        """
        if command in _PLAIN:
            return self._tell(Order(ssi.build(_PLAIN[command]), command))
        if command is Command.IDENTIFY:
            raw = ssi.build(Op.REQUEST_REVISION)
            return self._tell(Order(raw, command, answer=Op.REPLY_REVISION))
        if command is Command.LOCK:
            self._passing.locked = True
            return self._tell(_lock(setup=False))
        code = self.settings.yes if command is Command.YES else self.settings.no
        return self._tell(Order(ssi.build(Op.BEEP, bytes([code])), command))

    def beep(self, code: int) -> Items:
        """Sound one of the beeps of ``ssi_table.names("beep")``.

        :raises DeviceError: as ``command``.
        """
        return self._tell(Order(ssi.build(Op.BEEP, bytes([code]))))

    def light(self, which: int = 1, *, on: bool = True) -> Items:
        """Switch the lamps whose bits are set in ``which``; bit 0 is the decode lamp.

        :raises DeviceError: as ``command``.
        """
        return self._tell(Order(ssi.build(Op.LED_ON if on else Op.LED_OFF, bytes([which]))))

    def set(self, values: Iterable[Parameter], *, permanent: bool = False) -> Items:
        """Change parameters, silently; for good, or until the power is lost.

        :raises DeviceError: as ``command``.
        :raises ValueError: for more than one packet holds: a host may not send several. And for 9B:
            that is set by ``SsiSettings.response_seconds``.
        """
        wanted = tuple(values)
        if any(one.number == param.RESPONSE_TIME for one in wanted):
            raise ValueError("the response time-out is a setting of the language")
        return self._tell(Order(_parameters(wanted, permanent=permanent)))

    def get(self, *numbers: int) -> Items:
        """Ask for parameters; ``Reply.text`` is for ``ssi_parameters.read_parameters``.

        :raises DeviceError: as ``command``.
        """
        asked = b"".join(build_number(number) for number in numbers)
        return self._tell(Order(ssi.build(Op.PARAM_REQUEST, asked), answer=Op.PARAM_SEND))

    def passing(self, data: bytes) -> Items:
        """A till's commands. Its acknowledgements end here, and what would undo the set-up too."""
        return [item for order in self._passing.feed(data) for item in self._orders.put(order)]

    def _tell(self, order: Order) -> Items:
        if self._orders.busy:
            raise DeviceError("E_BUSY", "the scanner has not answered the command before")
        return self._orders.put(order)

    def _set_up(self) -> Items:
        settings = self.settings
        wanted = [Parameter(param.PACKET_FORMAT, bytes([settings.packets]))]
        if settings.packets:
            wanted.append(Parameter(param.HANDSHAKE, b"\x01"))
            wanted.append(Parameter(param.MULTIPACKET, bytes([not settings.ack_each])))
        if settings.host_trigger:
            wanted.append(Parameter(param.TRIGGER_MODE, bytes([param.TRIGGER_HOST])))
        # One packet each: a scanner that lacks one of them still takes the others.
        orders = [Order(_parameters([one]), setup=True) for one in wanted]
        if self._passing.locked:
            orders.insert(1, _lock(setup=True))
        if settings.packets:
            orders.append(_patience(settings.response_seconds))
        self._orders.response_seconds = None
        self._receiver.patient(None)
        return [item for order in orders for item in self._orders.put(order)]

    def _packet(self, packet: Packet) -> Items:
        answer = self._orders.answered(packet)
        if answer is not None:
            acknowledged: list[Item] = [ACK] if packet.opcode == Op.PARAM_SEND else []
            self._receiver.settled(packet)
            self._receiver.patient(self._orders.response_seconds)
            return [*acknowledged, *answer, *self._after_forgetting()]
        items = [*self._receiver.packet(packet), *self._orders.overtaken()]
        booted = packet.opcode == Op.EVENT and packet.data[:1] == bytes([_BOOTED])
        return [*items, *self._set_up()] if booted else items

    def _after_forgetting(self) -> Items:
        forgotten, self._orders.forgotten = self._orders.forgotten, False
        return self._set_up() if forgotten else []

    def _bad(self, bad: BadPacket) -> Items:
        if not self.settings.packets:
            return self._raw.feed(bad.raw)
        return self._receiver.bad(bad)

    def _cut(self, raw: bytes) -> Items:
        if not self.settings.packets:
            return self._raw.feed(raw)
        noisy = self._receiver.noisy or len(raw) < ssi.HEADER
        return [*self._receiver.cut(raw), *self._after_noise(noisy)]

    def _quiet(self) -> Items:
        noisy = self._receiver.noisy
        return [*self._receiver.quiet(), *self._after_noise(noisy)]

    def _after_noise(self, noisy: bool) -> Items:
        """It may be a scanner that lost its set-up: raw codes look like noise."""
        return self._set_up() if noisy and not self._orders.pending else []


def _lock(*, setup: bool) -> Order:
    raw = _parameters([Parameter(param.PARAMETER_SCANNING, b"\x00")])
    return Order(raw, Command.LOCK, setup=setup)


def _patience(seconds: float) -> Order:
    longest = _RESPONSE_TENTHS[-1]
    tenths = next((one for one in _RESPONSE_TENTHS if one >= seconds * 10), longest)
    raw = _parameters([Parameter(param.RESPONSE_TIME, bytes([tenths]))])
    return Order(raw, setup=True, response_seconds=tenths / 10)


def _parameters(values: Iterable[Parameter], *, permanent: bool = False) -> bytes:
    status = Status.PERMANENT if permanent else 0
    return ssi.build(Op.PARAM_SEND, build_parameters(values), status=status)
