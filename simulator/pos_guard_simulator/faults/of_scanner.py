"""The faults of a scanner: of any, and of the packets of one that speaks SSI."""

from __future__ import annotations

from collections.abc import Mapping

from pos_guard.model import Words
from pos_guard_simulator.faults.entry import (
    EVERY_LEVEL,
    LINE_LEVELS,
    SCANNER,
    USB_LEVELS,
    Ends,
    FaultEntry,
    Group,
    Text,
)
from pos_guard_simulator.scanner_faults import (
    HID_POS_FAULTS,
    KEYBOARD_FAULTS,
    SERIAL_FAULTS,
    SSI_FAULTS,
    ScannerFault,
)
from pos_guard_simulator.scanner_ssi import SsiFault

_SEEN = "field experience; no manual describes it"
_SSI = "Zebra, Simple Serial Interface programmer's guide: ACK, NAK, retransmission"

_TEXTS: Mapping[ScannerFault, Text] = {
    ScannerFault.NO_READ: Text(
        Words("什么也没读到", "nothing is read"),
        Words("条码脏、皱，或手机屏幕太暗", "the code is dirty or creased, the phone too dark"),
        _SEEN,
    ),
    ScannerFault.DOUBLE: Text(
        Words("每个码发两次", "each code comes twice"),
        Words("同码延时太短，码留在镜头前", "the same-code delay is short, and the code stays"),
        _SEEN,
    ),
    ScannerFault.SPLIT: Text(
        Words("逐字节到达，间隔 1 毫秒", "byte by byte, 1 ms between them"),
        Words("USB 转串口逐个交付字节", "a USB adapter hands bytes over as they come"),
        _SEEN,
    ),
    ScannerFault.SLOW: Text(
        Words("逐字节，间隔 10 毫秒；HID 报告间隔 20 毫秒",
              "byte by byte, 10 ms between them; of HID 20 ms between reports"),
        Words("串口 1200 波特，或设置了字符间延时", "1200 baud, or a delay between characters"),
        _SEEN,
    ),
    ScannerFault.MERGED: Text(
        Words("两次扫描连成一段", "two scans come in one piece"),
        Words("主机忙，两个码一起读到", "the host was busy and reads both at once"),
        _SEEN,
    ),
    ScannerFault.CUT: Text(
        Words("后半段丢失", "the second half is lost"),
        Words("线缆松动", "a loose cable"),
        _SEEN,
    ),
    ScannerFault.HALF_HID: Text(
        Words("最后一个报告不来", "the last report never comes"),
        Words("USB 挂起，或轮询中断", "the bus is suspended in the midst of a message"),
        "USB HID 1.11: a message of several reports has no end mark of its own",
    ),
    ScannerFault.UNPLUG: Text(
        Words("扫描途中拔线", "in the midst of a scan the cable is pulled"),
        Words("拔线后端口消失", "the port is gone until it is plugged in"),
        "virtual-hardware facts: pty and cdc_acm, ENODEV and hang-up",
        Ends.BY_RECONNECTING,
    ),
    ScannerFault.WRONG_LAYOUT: Text(
        Words("报告格式与描述符不符；键盘按法语布局", "another layout than the "
              "descriptor says; keys for a French host"),
        Words("扫描枪按别国键盘设置", "the scanner is set up for another country's keyboard"),
        _SEEN,
    ),
    ScannerFault.WRONG_CODE_PAGE: Text(
        Words("该发 UTF-8 却发 GBK，或相反", "GBK in place of UTF-8, or the other way round"),
        Words("中文码页设置错误", "its code page for Chinese is set wrong"),
        _SEEN,
    ),
    ScannerFault.MODEM_MANAGER: Text(
        Words("连接前先被 ModemManager 探测", "before each connection ModemManager has probed it"),
        Words("Linux 把扫描枪当成调制解调器", "Linux takes the scanner for a modem"),
        "ModemManager's probe, as captured in a comment of JeVois (Engine.C)",
    ),
    ScannerFault.NO_ANSWER: Text(
        Words("不回应命令", "commands are not answered"),
        Words("只接了单向线，或设置为不应答", "one wire is missing, or answers are switched off"),
        _SEEN,
    ),
    ScannerFault.SET_UP_CODE: Text(
        Words("扫描前有人扫了设置码：没有结束符", "a set-up code takes the line end away"),
        Words("顾客出示设置码，扫描枪照做", "a customer shows a set-up code, and it obeys"),
        "any maker's programming guide: set-up codes are codes",
    ),
    ScannerFault.BATTERY: Text(
        Words("每次扫描报警两声，三次后读不到", "two beeps with each scan; after three no more"),
        Words("低电量：两灯闪烁，扫描时轻响两声",
              "low: both lamps blink, it quietly beeps twice while scanning"),
        "Metrologic MS6130 manual, page 23",
    ),
    ScannerFault.OUT_OF_RANGE: Text(
        Words("响三声，码丢失", "three beeps, and the code is lost"),
        Words("离底座太远：三声，未设存储就不保存",
              "too far from its base: a triple beep, nothing kept unless it is set up for that"),
        "Honeywell 2020/4820 user's guide, page 3-2",
    ),
}  # fmt: skip

_SSI_TEXTS: Mapping[SsiFault, Text] = {
    SsiFault.LOST_ACK: Text(
        Words("主机的一个 ACK 没听到", "one ACK of the host is not heard"),
        Words("超时后重发该包", "it sends the packet again after its time-out"),
        _SSI, Ends.BY_ITSELF,
    ),
    SsiFault.DAMAGED: Text(
        Words("下一个包有一位出错", "a bit of the next packet is wrong"),
        Words("主机回 NAK，扫描枪重发", "the host says NAK, and it sends again"),
        _SSI, Ends.BY_ITSELF,
    ),
    SsiFault.DUPLICATE: Text(
        Words("已确认的包又发一次", "an acknowledged packet is sent again"),
        Words("状态字节标明是重发", "the status byte says that it is a retransmission"),
        _SSI, Ends.BY_ITSELF,
    ),
    SsiFault.DROP: Text(
        Words("下一个包丢失", "the next packet is lost"),
        Words("没有 ACK，重发", "without an ACK it sends again"),
        _SSI, Ends.BY_ITSELF,
    ),
    SsiFault.NOISE: Text(
        Words("包前有杂字节", "bytes that are no packet come before it"),
        Words("热插拔的毛刺", "spikes of a plug that is put in"),
        _SEEN, Ends.BY_ITSELF,
    ),
    SsiFault.IGNORE: Text(
        Words("下一个命令不应答", "the next command is not answered"),
        Words("扫描枪正忙", "the scanner is busy"),
        _SSI, Ends.BY_ITSELF,
    ),
    SsiFault.NAK: Text(
        Words("下一个命令被拒绝（DENIED）", "the next command is refused: DENIED"),
        Words("此模式下不允许", "not allowed in this mode"),
        _SSI, Ends.BY_ITSELF,
    ),
    SsiFault.GARBLED: Text(
        Words("下一个命令到达时损坏", "the next command arrives damaged"),
        Words("NAK RESEND：要求重发", "NAK RESEND: it is asked for again"),
        _SSI, Ends.BY_ITSELF,
    ),
    SsiFault.RESET: Text(
        Words("下一个包之前掉电", "the power is lost before the next packet"),
        Words("重启，未保存的参数丢失", "it starts anew, without parameters that were not saved"),
        _SSI, Ends.BY_ITSELF,
    ),
}  # fmt: skip


def _levels(fault: ScannerFault) -> tuple[str, ...]:
    if fault not in SERIAL_FAULTS:
        return USB_LEVELS
    return EVERY_LEVEL


def _profiles(fault: ScannerFault) -> tuple[str, ...]:
    """The interfaces that have it; empty: all."""
    known = {
        "serial": SERIAL_FAULTS,
        "ssi": SERIAL_FAULTS,
        "hid-pos": HID_POS_FAULTS,
        "keyboard": KEYBOARD_FAULTS,
    }
    having = tuple(name for name, faults in known.items() if fault in faults)
    return () if len(having) == len(known) else having


SCANNER_FAULTS = (
    *(
        FaultEntry(
            str(fault), Group.DEVICE, (SCANNER,), _levels(fault), _TEXTS[fault],
            profiles=_profiles(fault),
        )
        for fault in ScannerFault
    ),
    *(
        FaultEntry(
            str(fault), Group.DEVICE, (SCANNER,), LINE_LEVELS, _SSI_TEXTS[fault], profiles=("ssi",)
        )
        for fault in sorted(SSI_FAULTS)
    ),
)  # fmt: skip
"""Every fault that a scanner twin has."""
