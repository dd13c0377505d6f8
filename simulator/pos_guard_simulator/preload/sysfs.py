"""What ``/sys`` tells of simulated devices: what libudev, libusb and pyserial look up there."""

from __future__ import annotations

from pos_guard.ports.usb_descriptors import Interface
from pos_guard.ports.usb_device import Speed
from pos_guard_simulator.preload.bed import SysDevice
from pos_guard_simulator.usb_bus import Seat

CONTROLLER = "/devices/pci0000:00/0000:00:14.0"
"""A usual place of a USB controller."""

_MBITS = {Speed.LOW: "1.5", Speed.FULL: "12", Speed.HIGH: "480"}
_BUS_USB = 3


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
    node = _node(f"usb/lp{number}", 180, number)
    return SysDevice(path, "usbmisc", {}, node, {"device": "../.."}, of_class=True)


def serial(system: SysDevice, interface: Interface, number: int) -> SysDevice:
    """``ttyACM0`` of cdc_acm."""
    path = f"{_interface(system, interface)}/tty/ttyACM{number}"
    node = _node(f"ttyACM{number}", 166, number)
    return SysDevice(path, "tty", {}, node, {"device": "../.."}, of_class=True)


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
    node = _node(f"input/event{number}", 13, 64 + number)
    path = f"{folder}/event{number}"
    node |= {"ID_INPUT": "1", "ID_INPUT_KEYBOARD": "1"}
    return [
        SysDevice(folder, "input", attributes, properties, links, of_class=True),
        SysDevice(path, "input", {}, node, {"device": ".."}, of_class=True),
    ]


def _interface(system: SysDevice, interface: Interface) -> str:
    name = system.path.rpartition("/")[2]
    return f"{system.path}/{name}:1.{interface.number}"


def _node(name: str, major: int, minor: int) -> dict[str, str]:
    return {"DEVNAME": f"/dev/{name}", "MAJOR": str(major), "MINOR": str(minor)}
