"""The till of a USB scanner: on hidraw, a tty, an input device or libusb it finds the guard's."""

from __future__ import annotations

from pos_guard.errors import PortError
from pos_guard.links.usb_export import ExportAcceptor, Ids, Plug
from pos_guard.ports.base import Port
from pos_guard.ports.cdc_acm import CdcPort
from pos_guard.ports.hid import HidPort
from pos_guard.ports.hid_facts import HidFacts
from pos_guard.ports.hidraw import HidrawPort
from pos_guard.ports.usb_export_cdc import ExportedSerial
from pos_guard.ports.usb_export_hid import ExportedHid
from pos_guard.ports.usb_facts import UsbSerialFacts


class HidAcceptor(ExportAcceptor[HidFacts, ExportedHid]):
    """See :class:`~pos_guard.links.usb_export.ExportAcceptor`.

    Every ``receive`` gives one output report, every ``send`` takes one input report.
    """

    async def _watch(self, port: Port | None) -> None:
        if not isinstance(port, HidPort | HidrawPort):
            raise PortError("only a HID scanner can be shown as one: write device = hid:...")
        facts = port.facts
        if not facts.descriptor and not facts.keyboard:
            raise PortError("this scanner has no report descriptor: a till could not read it")
        self._learn(facts)

    def _export(self, facts: HidFacts) -> ExportedHid:
        return ExportedHid(facts, self._heard)


class CdcAcceptor(ExportAcceptor[UsbSerialFacts, ExportedSerial]):
    """See :class:`~pos_guard.links.usb_export.ExportAcceptor`.

    With ``ids`` a scanner that is not on USB can be shown, too.
    """

    def __init__(self, ids: Ids | None = None, plug: Plug | None = None) -> None:
        """Get ready at once; raises PortError as every ExportAcceptor does."""
        super().__init__(ids, plug)
        if ids:
            self._learn(UsbSerialFacts(*ids[:2]))

    async def _watch(self, port: Port | None) -> None:
        if isinstance(port, CdcPort):
            self._learn(port.facts)
        elif not self._ids:
            raise PortError("only a USB serial scanner can be copied: write app = cdc:V:P")

    def _export(self, facts: UsbSerialFacts) -> ExportedSerial:
        return ExportedSerial(facts, self._heard)
