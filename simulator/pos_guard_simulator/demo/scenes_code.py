"""Scenes at the scanner and at the provider: wrong codes, swapped stickers, other merchants."""

from __future__ import annotations

from pos_guard.frames import emv_mpm
from pos_guard.model import Words
from pos_guard_simulator.demo import shop
from pos_guard_simulator.demo.ears import StageError
from pos_guard_simulator.demo.scene import Got, Scene, breakfast
from pos_guard_simulator.demo.stage import Stage
from pos_guard_simulator.till import WECHAT, Payment, PayResult, WeChatClient

# Published samples and numbers of their shape; no real person's codes.
RECEIVE_CODE = "wxp://f2f0r9iWbFRu4nTUHNzZtSJ5ySDRtuAVjXPq"
FRIEND_CODE = "https://u.wechat.com/MJ8aZUsqMGWtYuvEoWkF7gI"
WECHAT_CODE = "134650000000000001"
SECOND_CODE = "134650000000000002"
THIRD_CODE = "134650000000000003"
ALIPAY_CODE = "287600000000000001"


def _scan(stage: Stage, payload: str) -> Got:
    passed = stage.show_code(payload) is not None
    if passed:
        return Got("passed to the till")
    return Got("kept from the till", blocked=True, words=stage.last_words("scanner"))


def _pay(stage: Stage, number: str, code: str, client: WeChatClient | None = None) -> PayResult:
    stage.bill(breakfast(number))
    scanned = stage.show_code(code)
    if scanned is None:
        return PayResult(approved=False, code="no code")
    return (client or stage.wechat_client).pay(number, scanned, 1250)


def _wechat(stage: Stage) -> Got:
    result = _pay(stage, "W2001000", WECHAT_CODE)
    if not result.approved:
        return Got(f"refused {result.code}", blocked=True)
    sale = breakfast("W2001000")
    before = len(stage.slips())
    stage.till.printer.receipt(sale, [Payment(WECHAT, 1250)])
    printed = any("已支付 PAID" in slip.text for slip in stage.slips()[before:])
    return Got("approved, PAID printed" if printed else "approved, held back", blocked=not printed)


def _receive(stage: Stage) -> Got:
    return _scan(stage, RECEIVE_CODE)


def _friend(stage: Stage) -> Got:
    return _scan(stage, FRIEND_CODE)


def _alipay(stage: Stage) -> Got:
    stage.bill(breakfast("W2002000"))
    with stage.socket() as app:
        app.context(tender="wechat")
    return _scan(stage, ALIPAY_CODE)


def _used(stage: Stage) -> Got:
    first = _pay(stage, "W2003000", SECOND_CODE)
    if not first.approved:
        raise StageError(f"the code was not even taken once: {first.code}")
    return _scan(stage, SECOND_CODE)


def _own_sticker(stage: Stage) -> Got:
    return _scan(stage, emv_mpm.seal(shop.OWN_CODE))


def _swapped_sticker(stage: Stage) -> Got:
    return _scan(stage, emv_mpm.seal(shop.OWN_CODE.replace("ABCDE", "ABCDF")))


def _merchant(stage: Stage) -> Got:
    before = stage.ask(lambda: len(stage.wechat.heard))
    client = stage.wechat_for(shop.OTHER_MERCHANT)
    result = _pay(stage, "W2004000", THIRD_CODE, client)
    reached = stage.ask(lambda: len(stage.wechat.heard)) > before
    if reached:
        return Got("provider asked")
    words = stage.ears.words("wechat")
    return Got(f"refused {result.code}, provider heard nothing", blocked=True, words=words)


SCENES = (
    Scene(
        "wechat-sale", Words("微信付款码收款", "WeChat payment code, provider, receipt"),
        "bill, scan", "approved, PAID printed", _wechat,
    ),
    Scene(
        "code-receive", Words("误扫个人收款码", "A personal receive code (wxp://)"),
        "scan", "kept from the till", _receive,
    ),
    Scene(
        "code-friend", Words("误扫好友名片", "A friend card"),
        "scan", "kept from the till", _friend,
    ),
    Scene(
        "code-alipay", Words("选微信却扫支付宝码", "An Alipay code in a WeChat payment"),
        "decision socket, scan", "kept from the till", _alipay,
    ),
    Scene(
        "code-used", Words("付款码重复使用", "A code already used"),
        "scan", "kept from the till", _used,
    ),
    Scene(
        "sticker-own", Words("本店收款码", "The shop's own sticker, scanned to check it"),
        "scan", "passed to the till", _own_sticker,
    ),
    Scene(
        "sticker-swapped", Words("被调换的收款码", "A swapped sticker: another account"),
        "scan", "kept from the till", _swapped_sticker,
    ),
    Scene(
        "merchant-other", Words("请求指向其他商户号", "A provider request for another merchant id"),
        "bill, scan", "refused NO_AUTH, provider heard nothing", _merchant,
    ),
)  # fmt: skip
