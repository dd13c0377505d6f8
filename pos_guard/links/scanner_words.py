"""What a scanner link says to the cashier."""

from __future__ import annotations

from pos_guard.model import Words
from pos_guard.scanners.language import Problem

UNREAD = {
    Problem.CUT: Words("扫描不完整，请重新扫描", "The scan was cut short. Scan again."),
    Problem.OVERLONG: Words(
        "扫描内容过长，请重新扫描", "The scan is longer than any code. Scan again."
    ),
    Problem.DAMAGED: Words("扫描数据有误，请重新扫描", "The scan came damaged. Scan again."),
}
FORGED = Words(
    "这个码不是本店发的，已记录，请联系经理",
    "This code was not made by this shop; that is recorded. Tell the manager.",
)
TYPED_OWN = Words(
    "工牌和小票码要用扫码枪扫，不能手工输入",
    "Badges and receipt codes are scanned, not typed. Scan it.",
)
NOBODY = Words("工牌无法识别，请联系经理", "This badge is not known. Ask the manager.")
NO_SALE = Words("查不到这笔销售，请检查小票", "No such sale is known. Check the receipt.")
NO_RECORD = Words(
    "记录无法写入，扫描未生效，请联系经理",
    "The record cannot be written, the scan does not count. Ask the manager.",
)
AWAY = Words(
    "收银机未连接，扫描未生效。请等收银机就绪后重新扫描",
    "The till is not connected, the scan does not count. Scan again when it is.",
)
SYMBOLOGY = Words(
    "这种条码不能在这里使用，请扫正确的码",
    "This kind of bar code is not used here. Scan the right one.",
)
NOT_TAKEN = Words("收银机没有收到扫描，请重新扫描", "The till did not take the scan. Scan again.")
TOO_LONG = Words(
    "扫描内容太长，收银机接收不了", "The scan is too long for this till; it was not handed on."
)
UNLOCKED = Words(
    "扫码枪无法锁定设置码，请联系经理",
    "The scanner cannot be locked against set-up codes. Tell the manager.",
)


def operator(own_id: str) -> Words:
    """A badge was taken."""
    return Words(f"收银员 {own_id} 已登录", f"{own_id} is at the till.")


def sale(own_id: str) -> Words:
    """A receipt's code was taken."""
    return Words(f"已选中销售 {own_id}", f"Sale {own_id} is chosen.")


def unrecorded(count: int) -> Words:
    """So much came that it was only counted."""
    return Words(
        f"扫码枪又发来 {count} 次数据，未予处理。请检查扫码枪和线路",
        f"The scanner sent {count} more scans, which do not count. Check it and its cable.",
    )
