"""The printers of the guest, plugged in by vhci_hcd; see ``device_process``."""

from __future__ import annotations

from dataclasses import replace

from pos_guard.ports.usb_device import Speed
from pos_guard.ports.usbip_server import UsbIpServer
from pos_guard.ports.vhci import Attachment, attach
from pos_guard_simulator.printer import Fault, ReceiptPrinter
from pos_guard_simulator.usb_printer import EPSON_TM, UsbPrinter
from tests.kernel.guest.device_process import serve

Device = UsbPrinter[ReceiptPrinter]


class Printers:
    """The twins by name, and where they are plugged in."""

    def __init__(self) -> None:
        self._twins: dict[str, tuple[ReceiptPrinter, Device]] = {}
        self._attached: dict[str, Attachment] = {}
        self._servers: list[UsbIpServer] = []

    def plug(self, name: str, speed: int = int(Speed.FULL)) -> None:
        """A new printer; its serial number is its name."""
        twin = ReceiptPrinter()
        device = UsbPrinter(twin, replace(EPSON_TM, serial=name), speed=Speed(speed))
        self._twins[name] = twin, device
        self._attached[name] = attach(device)

    def export(self, name: str) -> int:
        """A new printer, not plugged in here but offered over TCP: the port."""
        device = UsbPrinter(ReceiptPrinter(), replace(EPSON_TM, serial=name))
        self._servers.append(UsbIpServer({name: device}, port=0))
        return self._servers[-1].address[1]

    def unplug(self, name: str, after: int = 0) -> None:
        """Off the bus, now or once it has taken some more bytes."""
        self._device(name).unplug(after=after)
        if not after:
            self._attached[name].close()

    def taken(self, name: str) -> int:
        """Bytes that it took from the bus."""
        return self._device(name).taken

    def resets(self, name: str) -> int:
        """Soft resets that it saw."""
        return self._device(name).resets

    def paper(self, name: str) -> list[str]:
        """The text of every slip that it cut."""
        return [slip.text for slip in self._twins[name][0].paper.receipts]

    def mute(self, name: str, endpoint: int) -> None:
        """Answers NAK on this endpoint."""
        self._device(name).mute(endpoint)

    def unmute(self, name: str, endpoint: int) -> None:
        """Works again."""
        self._device(name).unmute(endpoint)

    def halt(self, name: str, endpoint: int) -> None:
        """Stalls this endpoint until the host clears it."""
        self._device(name).halt(endpoint)

    def fail(self, name: str, fault: str) -> None:
        """Something is wrong with it."""
        self._device(name).act(lambda twin: twin.fail(Fault(fault)))

    def mend(self, name: str, fault: str) -> None:
        """No longer."""
        self._device(name).act(lambda twin: twin.clear(Fault(fault)))

    def _device(self, name: str) -> Device:
        return self._twins[name][1]


if __name__ == "__main__":
    serve(Printers())
