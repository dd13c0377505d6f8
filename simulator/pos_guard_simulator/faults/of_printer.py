"""The faults of a receipt printer."""

from __future__ import annotations

from collections.abc import Mapping

from pos_guard.model import Words
from pos_guard_simulator.faults.entry import (
    EVERY_LEVEL,
    PRINTER,
    Ends,
    Group,
    Parameter,
    Text,
    entries,
)
from pos_guard_simulator.printer_faults import Fault

_STATUS = "Epson's ESC/POS reference: DLE EOT, GS a, GS r"
_HELD = "Epson's ESC/POS reference: offline, the receive buffer keeps what comes"

_TEXTS: Mapping[Fault, Text] = {
    Fault.PAPER_OUT: Text(
        Words("脱机；收到的内容留到换纸后打印", "offline; what comes is printed on the new paper"),
        Words("纸尽传感器：缺纸灯亮，停止打印", "the end sensor: the lamp is lit, printing stops"),
        _HELD,
    ),
    Fault.PAPER_NEAR_END: Text(
        Words("只上报，除非 ESC c 4 让它停", "only told, unless ESC c 4 lets it stop"),
        Words("纸将尽传感器：还能打几张小票", "the near-end sensor: a few receipts are left"),
        _STATUS,
    ),
    Fault.COVER_OPEN: Text(
        Words("脱机；合盖后接着打", "offline; goes on once it is closed"),
        Words("合盖前不打印，按键无效", "prints nothing while it is open; keys do nothing"),
        _HELD,
    ),
    Fault.COVER_OPEN_PRINTING: Text(
        Words("打印中开盖：出错", "a cover opened under a moving head: an error"),
        Words("合盖后恢复，有的型号还要 DLE ENQ", "closing ends it; some models want DLE ENQ too"),
        "Epson TM-T88III specification: cover open error",
        Ends.BY_COMMAND,
    ),
    Fault.CUTTER: Text(
        Words("出错，DLE ENQ 1 重打该行，2 丢弃", "an error: DLE ENQ 1 prints the line again, "
              "2 loses what is held"),
        Words("切刀卡住：清理卡纸后恢复", "the cutter is jammed: somebody frees it"),
        "Epson's ESC/POS reference: DLE ENQ, autocutter error",
        Ends.BY_COMMAND,
    ),
    Fault.HEAD_HOT: Text(
        Words("出错，自行恢复", "an error that goes by itself (clear)"),
        Words("打印头过热，冷却后继续", "the head is too hot: it goes on once it has cooled"),
        "Epson's ESC/POS reference: automatically recoverable error",
    ),
    Fault.RECOVERABLE: Text(
        Words("出错，等 DLE ENQ", "an error that waits for DLE ENQ"),
        Words("黑标或走纸出错", "a black mark or the paper feed was not found"),
        "Epson's ESC/POS reference: recoverable error",
        Ends.BY_COMMAND,
    ),
    Fault.UNRECOVERABLE: Text(
        Words("出错，只有断电才消除", "an error until the power goes"),
        Words("存储器、电压或电路故障", "memory, voltage or circuit failure"),
        "Epson's ESC/POS reference: unrecoverable error",
        Ends.BY_POWER,
    ),
    Fault.FEED_BUTTON: Text(
        Words("按住走纸键：脱机", "the button is held down: offline"),
        Words("有人在走纸", "somebody feeds paper"),
        _STATUS,
    ),
    Fault.WAITING: Text(
        Words("等待按走纸键", "waits for the feed button"),
        Words("GS ^ 宏等人按键", "a macro (GS ^) waits for somebody"),
        "Epson's ESC/POS reference: GS ^",
    ),
    Fault.LOW_VOLTAGE: Text(
        Words("脱机，恢复后接着打", "offline; goes on afterwards"),
        Words("电源电压瞬时异常", "the voltage of its power supply is wrong for a moment"),
        "Epson TM-T88II technical manual, page 1-13: switching between online and offline",
    ),
    Fault.DRAWER_OPEN: Text(
        Words("钱箱传感器（3 脚）电平改变", "the level of pin 3 changes"),
        Words("钱箱开着：打印照常", "the drawer is open; the printer prints on"),
        _STATUS,
    ),
    Fault.POWER_OFF: Text(
        Words("无声；缓冲区和设置丢失", "silent; buffer and settings are lost"),
        Words("有人拔了电源", "somebody pulls the plug"),
        "Epson's ESC/POS reference: initial state at power on",
    ),
}  # fmt: skip

_LINES = {fault: (Parameter("after_lines", "lines", 0),) for fault in Fault}

PRINTER_FAULTS = tuple(entries(Fault, _TEXTS, Group.DEVICE, ((PRINTER,), EVERY_LEVEL), _LINES))
"""Every fault that a printer twin has."""
