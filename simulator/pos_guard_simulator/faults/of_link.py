"""The faults of the line between a host and any device."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pos_guard.model import Words
from pos_guard_simulator.faults.entry import (
    HOST,
    LINE_LEVELS,
    PRINTER,
    PROVIDER,
    SCANNER,
    SERIAL_LEVELS,
    TERMINAL,
    USB_LEVELS,
    Ends,
    FaultEntry,
    Group,
    Parameter,
    Text,
)
from pos_guard_simulator.hid_link.physics import NEVER
from pos_guard_simulator.line_faults import UNITS, USUAL_AMOUNT, LineFault

ANY_LINE = (PRINTER, SCANNER, TERMINAL, HOST, PROVIDER)
_SERIAL_DEVICES = (PRINTER, SCANNER, TERMINAL)

_TEXTS: Mapping[LineFault, Text] = {
    LineFault.DROP: Text(
        Words("丢这么多字节", "so many bytes are lost"),
        Words("串口无流控溢出，线缆接触不良", "an overrun without flow control, a bad contact"),
        "tty_ioctl(4), TIOCGICOUNT: overrun; buf_overrun",
        Ends.BY_ITSELF,
    ),
    LineFault.DUPLICATE: Text(
        Words("这么多字节各来两次", "so many bytes come twice"),
        Words("串口服务器、网关或无线底座重发",
              "a serial server, a gateway or a radio base repeats itself"),
        "field experience; no manual describes it",
        Ends.BY_ITSELF,
    ),
    LineFault.DELAY: Text(
        Words("此后的内容晚这么多毫秒到", "what follows comes so many milliseconds later"),
        Words("网络拥塞，或 USB 转串口攒字节（FTDI 16 毫秒）",
              "a busy network, or an adapter that collects bytes (FTDI: 16 ms)"),
        "FTDI AN232B-04: latency timer",
        Ends.BY_ITSELF,
    ),
    LineFault.GARBLE: Text(
        Words("这么多字节变成别的", "so many bytes are other bytes"),
        Words("干扰、地电位差", "interference, a difference of earth potential"),
        "field experience; no manual describes it",
        Ends.BY_ITSELF,
    ),
    LineFault.STALL: Text(
        Words("此方向不再通过任何字节，直到 clear", "nothing passes this way until it is cleared"),
        Words("流控线停住（XOFF、CTS 关）；HID 端点回 STALL",
              "flow control holds it: XOFF, CTS off; a HID endpoint says STALL"),
        "virtual-hardware facts: a pty and usblp block a writer for ever",
    ),
    LineFault.HALF_OPEN: Text(
        Words("此连接收下字节却没有下文", "this connection takes bytes, and nothing comes of them"),
        Words("对端断电或换了路由，TCP 不知道", "the peer lost its power, and TCP does not know"),
        "RFC 9293, 3.5.1: half-open connections",
        Ends.BY_RECONNECTING,
    ),
    LineFault.POWER_CYCLE: Text(
        Words("断电这么多毫秒，再上电", "off for so many milliseconds, then on"),
        Words("缓冲区丢失；TCP 被复位，串口照旧在", "buffers are lost; TCP is reset, a serial line "
              "is just there"),
        "Epson's ESC/POS reference: power on",
        Ends.BY_ITSELF,
    ),
    LineFault.UNPLUG: Text(
        Words("在该字节处断开", "the connection is cut at that byte"),
        Words("拔线：读报错、写 EIO、端口消失",
              "the cable is pulled: reads fail, writes say EIO, the node is gone"),
        "virtual-hardware facts: pty, cdc_acm in QEMU",
        Ends.BY_RECONNECTING,
    ),
    LineFault.TRUNCATE: Text(
        Words("下一段的末尾丢这么多字节", "the next piece loses so many bytes at its end"),
        Words("缓冲区满，或发送方被关闭", "a buffer was full, or the sender was closed"),
        "virtual-hardware facts: usblp loses on close() what was not taken",
        Ends.BY_ITSELF,
    ),
    LineFault.REORDER: Text(
        Words("下一段落在它后面一段之后", "the next piece comes behind the one after it"),
        Words("串口转 UDP 网关、无线底座；TCP 和串口线本身不会",
              "serial over UDP, a radio base; TCP and a serial line by themselves never do"),
        "RFC 768: UDP keeps no order",
        Ends.BY_ITSELF,
    ),
    LineFault.BACK_PRESSURE: Text(
        Words("设备每秒只收这么多字节", "the device takes so many bytes a second"),
        Words("打印慢：忙线或 TCP 窗口让主机等", "printing is slow: busy, or a closed TCP window"),
        "Epson TM-T88III specification, 2.1.1.4: busy at 128 bytes of room",
    ),
    LineFault.BAUD_MISMATCH: Text(
        Words("主机速率是设备的百分之几：按位重新采样（8N1）",
              "the host's speed in percent of the device's; bits are sampled at it"),
        Words("收到别的字节，多或少", "other bytes arrive, more of them or fewer"),
        "TI TL16C550D data sheet: receiver; termios(3): framing errors without INPCK",
    ),
    LineFault.PARITY_MISMATCH: Text(
        Words("设备 7E1，主机 8N1", "the device has 7E1, the host 8N1"),
        Words("主机看到第 7 位是校验位；设备收到错校验打“?”",
              "the host finds the parity in bit 7; the device prints ? for a wrong one"),
        "Epson TM-T88II/III technical reference: DIP switch 1-1, data receive error",
    ),
    LineFault.RE_ENUMERATE: Text(
        Words("离开，过这么多毫秒在另一端口出现",
              "it leaves, and is at another port after so many milliseconds"),
        Words("USB 重新枚举：新地址，/dev/ttyUSB0 变 /dev/ttyUSB1",
              "USB enumerates anew: another address, ttyUSB1 in place of ttyUSB0"),
        "virtual-hardware facts: usbip, hot plug",
        Ends.BY_RECONNECTING,
    ),
    LineFault.BROWN_OUT: Text(
        Words("这么多毫秒内双向乱码，然后重启",
              "for so many milliseconds both ways are garbled, then it begins anew"),
        Words("电压跌落：应答出错，随后复位", "the voltage sags: wrong answers, then a reset"),
        "field experience; no manual describes it",
        Ends.BY_ITSELF,
    ),
}  # fmt: skip

HID = ("hid-pos", "keyboard")
"""Profiles of scanners that speak in reports."""

_SERIAL_ONLY = frozenset({LineFault.BAUD_MISMATCH, LineFault.PARITY_MISMATCH})
_NODES = frozenset({LineFault.RE_ENUMERATE})
_BOTH_WAYS = _SERIAL_ONLY | {LineFault.BROWN_OUT, LineFault.BACK_PRESSURE}


def _levels(fault: LineFault) -> tuple[str, ...]:
    if fault in _SERIAL_ONLY:
        return SERIAL_LEVELS
    if fault in _NODES:
        return ("pty", "preload", *USB_LEVELS)
    return LINE_LEVELS if fault in NEVER else (*LINE_LEVELS, *USB_LEVELS)


def _parameters(fault: LineFault) -> Iterator[Parameter]:
    yield Parameter("at", "bytes" if fault in NEVER else "bytes; of HID reports", 0)
    if fault not in _BOTH_WAYS:
        yield Parameter("direction", "in, out", "in")
    if fault in USUAL_AMOUNT:
        yield Parameter("amount", UNITS[fault], USUAL_AMOUNT[fault])


LINK_FAULTS = tuple(
    FaultEntry(
        str(fault),
        Group.LINK,
        _SERIAL_DEVICES if fault in _SERIAL_ONLY | _NODES else ANY_LINE,
        _levels(fault),
        _TEXTS[fault],
        tuple(_parameters(fault)),
        never=dict.fromkeys(HID, NEVER[fault]) if fault in NEVER else {},
    )
    for fault in LineFault
)
"""Every fault that a line of bytes or of reports has."""
