"""What ``/sys`` tells of simulated devices: what libudev, libusb and pyserial look up there."""

from __future__ import annotations

import re

from pos_guard.ports.usb_descriptors import Interface, UsbIdentity
from pos_guard.ports.usb_device import Speed
from pos_guard_simulator.preload.bed import SysDevice
from pos_guard_simulator.usb_bus import Seat

CONTROLLER = "/devices/pci0000:00/0000:00:14.0"
"""A usual place of a USB controller."""

_MBITS = {Speed.LOW: "1.5", Speed.FULL: "12", Speed.HIGH: "480"}
_BUS_USB = 3
_NO_NAME = re.compile(r"[^A-Za-z0-9#+.:=@_-]+")
"""What udev writes ``_`` for in names (systemd, device-util: udev_replace_chars)."""


def usb_device(bus: int, seat: Seat, node: str) -> SysDevice:
    """The device itself; its port is its address, as nothing else is on the bus."""
    device = seat.device
    identity, port = device.identity, seat.address - 1
    numbers = {item.number for item in device.configuration.interfaces}
    attributes: dict[str, str | bytes] = {
        "busnum": str(bus),
        "devnum": str(seat.address),
        "devpath": str(port),
        "idVendor": f"{identity.vendor:04x}",
        "idProduct": f"{identity.product:04x}",
        "bcdDevice": f"{identity.release:04x}",
        "bDeviceClass": "00",
        "bConfigurationValue": str(device.configuration.value),
        "bNumConfigurations": "1",
        "bNumInterfaces": f"{len(numbers):2}",
        "speed": _MBITS[device.speed],
        "manufacturer": identity.maker,
        "product": identity.name,
        "serial": identity.serial,
        "descriptors": device.device_descriptor + device.configuration_descriptor,
    }
    properties = {
        "DEVNAME": f"/dev/{node}",
        "DEVTYPE": "usb_device",
        "DRIVER": "usb",
        "MAJOR": "189",
        "MINOR": str(seat.address - 1),
        "BUSNUM": f"{bus:03}",
        "DEVNUM": f"{seat.address:03}",
        "PRODUCT": f"{identity.vendor:x}/{identity.product:x}/{identity.release:x}",
        "TYPE": "0/0/0",
        **_udev(identity),
    }
    path = f"{CONTROLLER}/usb{bus}/{bus}-{port}"
    return SysDevice(path, "usb", attributes, properties)


def interfaces(system: SysDevice, seat: Seat) -> list[SysDevice]:
    """Its interfaces."""
    found: list[SysDevice] = []
    for item in seat.device.configuration.interfaces:
        if item.alternate:
            continue
        kind, sub, protocol = item.triple
        attributes: dict[str, str | bytes] = {
            "bInterfaceNumber": f"{item.number:02x}",
            "bAlternateSetting": " 0",
            "bNumEndpoints": f"{len(item.endpoints):02x}",
            "bInterfaceClass": f"{kind:02x}",
            "bInterfaceSubClass": f"{sub:02x}",
            "bInterfaceProtocol": f"{protocol:02x}",
        }
        text = seat.device.identity.string(item.text) if item.text else None
        if text is not None:
            attributes["interface"] = text[2:].decode("utf-16-le")
        properties = {
            "DEVTYPE": "usb_interface",
            "PRODUCT": system.properties["PRODUCT"],
            "INTERFACE": f"{kind}/{sub}/{protocol}",
        }
        found.append(SysDevice(_interface(system, item), "usb", attributes, properties))
    return found


def printer(system: SysDevice, interface: Interface, number: int) -> SysDevice:
    """``lp0`` of usblp."""
    path = f"{_interface(system, interface)}/usbmisc/lp{number}"
    node = _node(f"usb/lp{number}", 180, number) | _told(system)
    return SysDevice(path, "usbmisc", {}, node, {"device": "../.."}, of_class=True)


def serial(system: SysDevice, interface: Interface, number: int) -> SysDevice:
    """``ttyACM0`` of cdc_acm."""
    path = f"{_interface(system, interface)}/tty/ttyACM{number}"
    node = _node(f"ttyACM{number}", 166, number) | _told(system)
    node["DEVLINKS"] = _by_id(system, interface)
    return SysDevice(path, "tty", {}, node, {"device": "../.."}, of_class=True)


def adapter(system: SysDevice, interface: Interface, number: int) -> tuple[SysDevice, SysDevice]:
    """The port of a USB serial adapter, and its ``ttyUSB0``."""
    port = SysDevice(f"{_interface(system, interface)}/ttyUSB{number}", "usb-serial")
    node = _node(f"ttyUSB{number}", 188, number) | _told(system)
    node["DEVLINKS"] = f"{_by_id(system, interface)}-port0"
    path = f"{port.path}/tty/ttyUSB{number}"
    return port, SysDevice(
        path, "tty", {}, node, {"device": f"../../../ttyUSB{number}"}, of_class=True
    )


def hid(
    system: SysDevice, seat: Seat, interface: Interface, number: int, descriptor: bytes
) -> SysDevice:
    """The HID device under the interface."""
    identity = seat.device.identity
    name = f"{_BUS_USB:04X}:{identity.vendor:04X}:{identity.product:04X}.{number + 1:04X}"
    properties = {
        "DRIVER": "hid-generic",
        "HID_ID": f"{_BUS_USB:04X}:{identity.vendor:08X}:{identity.product:08X}",
        "HID_NAME": f"{identity.maker} {identity.name}",
        "HID_PHYS": f"usb-simulated-{seat.address - 1}/input{interface.number}",
        "HID_UNIQ": identity.serial,
    }
    path = f"{_interface(system, interface)}/{name}"
    return SysDevice(path, "hid", {"report_descriptor": descriptor}, properties)


def hidraw(parent: SysDevice, number: int) -> SysDevice:
    """``hidraw0`` under it."""
    path = f"{parent.path}/hidraw/hidraw{number}"
    node = _node(f"hidraw{number}", 242, number)
    return SysDevice(path, "hidraw", {}, node, {"device": "../.."}, of_class=True)


def inputs(parent: SysDevice, seat: Seat, number: int) -> list[SysDevice]:
    """The input device under it, and its event node."""
    identity = seat.device.identity
    folder = f"{parent.path}/input/input{number}"
    attributes: dict[str, str | bytes] = {
        "name": f"{identity.maker} {identity.name}",
        "phys": "usb-simulated-1/input0",
        "uniq": identity.serial,
    }
    properties = {
        "PRODUCT": f"{_BUS_USB:x}/{identity.vendor:x}/{identity.product:x}/{identity.release:x}",
        "NAME": f'"{attributes["name"]!s}"',
        "ID_INPUT": "1",
        "ID_INPUT_KEY": "1",
        "ID_INPUT_KEYBOARD": "1",
    }
    links = {"device": "../.."}
    node = _node(f"input/event{number}", 13, 64 + number) | _udev(identity)
    path = f"{folder}/event{number}"
    node |= {"ID_INPUT": "1", "ID_INPUT_KEYBOARD": "1"}
    node["DEVLINKS"] = f"/dev/input/by-id/usb-{node['ID_SERIAL']}-event-kbd"
    return [
        SysDevice(folder, "input", attributes, properties, links, of_class=True),
        SysDevice(path, "input", {}, node, {"device": ".."}, of_class=True),
    ]


def _interface(system: SysDevice, interface: Interface) -> str:
    name = system.path.rpartition("/")[2]
    return f"{system.path}/{name}:1.{interface.number}"


def _node(name: str, major: int, minor: int) -> dict[str, str]:
    return {"DEVNAME": f"/dev/{name}", "MAJOR": str(major), "MINOR": str(minor)}


def _udev(identity: UsbIdentity) -> dict[str, str]:
    """What udev's own rules add (systemd, rules.d/50-udev-default and 60-serial)."""
    maker, name = (_NO_NAME.sub("_", text) for text in (identity.maker, identity.name))
    return {
        "ID_BUS": "usb",
        "ID_VENDOR": maker,
        "ID_VENDOR_ENC": identity.maker.replace(" ", "\\x20"),
        "ID_VENDOR_ID": f"{identity.vendor:04x}",
        "ID_MODEL": name,
        "ID_MODEL_ENC": identity.name.replace(" ", "\\x20"),
        "ID_MODEL_ID": f"{identity.product:04x}",
        "ID_REVISION": f"{identity.release:04x}",
        "ID_SERIAL": "_".join(text for text in (maker, name, identity.serial) if text),
        "ID_SERIAL_SHORT": identity.serial,
    }


def _by_id(system: SysDevice, interface: Interface) -> str:
    """The name of a serial port that stays the same, whichever number it gets."""
    return f"/dev/serial/by-id/usb-{system.properties['ID_SERIAL']}-if{interface.number:02}"


def _told(system: SysDevice) -> dict[str, str]:
    """The same for a node under the device."""
    return {name: text for name, text in system.properties.items() if name.startswith("ID_")}
