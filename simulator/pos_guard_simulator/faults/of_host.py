"""What payment terminals, hosts and providers can do to a request, and to its answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum

from pos_guard.model import Words
from pos_guard_simulator import caisse_ap_twin, iso8583_wrongs, zvt_script
from pos_guard_simulator.faults.entry import (
    HOST,
    LINE_LEVELS,
    PROVIDER,
    TERMINAL,
    Ends,
    FaultEntry,
    Group,
    Parameter,
    Text,
)
from pos_guard_simulator.payment_words import Outcome, Vocabulary, Wrong
from pos_guard_simulator.provider_book import Script
from pos_guard_simulator.stx_kinds import STX_KINDS

VOCABULARIES: Mapping[str, Vocabulary] = {
    "zvt": zvt_script.VOCABULARY,
    "caisse-ap": caisse_ap_twin.VOCABULARY,
    **{name: kind.words for name, kind in STX_KINDS.items()},
    "iso8583": iso8583_wrongs.VOCABULARY,
}
"""The words of each protocol, as its twin takes them."""

_SEEN = "field experience; no manual describes it"
_ACKS = "ZVT 13.13, 2: acknowledgements and time-outs; ISO 1745"

_OUTCOMES: Mapping[Outcome, Text] = {
    Outcome.DECLINE: Text(
        Words("拒绝，可带代码", "no, with the protocol's usual code or another one"),
        Words("余额不足、卡过期、限额", "not enough funds, an expired card, a limit"),
        "ISO 8583:1987, field 39; ZVT 13.13, result codes",
    ),
    Outcome.ASK: Text(
        Words("等人按键；没人按就拒绝", "waits for a key; without one it is declined"),
        Words("顾客没有插卡或按确认", "the customer neither shows a card nor presses OK"),
        _SEEN,
    ),
    Outcome.SLOW: Text(
        Words("5 秒后才付，或这么多毫秒", "paid after 5 s, or so many milliseconds"),
        Words("顾客找卡、主机忙", "the customer looks for a card, the host is busy"),
        _SEEN,
    ),
    Outcome.LATE: Text(
        Words("五分钟后才付，收银早已放弃", "paid after five minutes: the till has given up"),
        Words("存储转发，稍后上送", "store and forward: it is sent later"),
        "ISO 8583:1987, 0220: advices that come late",
    ),
    Outcome.SILENT_BEFORE: Text(
        Words("收下请求，什么也没动，再无回音", "accepted, nothing moves, nothing more is said"),
        Words("上送前断线", "the line broke before the host heard of it"),
        _SEEN,
    ),
    Outcome.SILENT_AFTER: Text(
        Words("钱已扣，再无回音", "paid, and nothing is said"),
        Words("应答丢失：要查末笔或冲正", "the answer was lost: a query or a reversal finds out"),
        "ISO 8583:1987, 0400 after a time-out; ZVT 13.13, 06 20",
    ),
    Outcome.HANG: Text(
        Words("毫无反应，连 ACK 也没有", "nothing at all, not even an ACK"),
        Words("终端死机", "the terminal has crashed"),
        _ACKS,
    ),
    Outcome.RESET: Text(
        Words("已付，然后挂断", "it is paid, and the device hangs up"),
        Words("终端重启，交易已完成", "the terminal restarts behind a finished payment"),
        _SEEN,
    ),
    Outcome.REVERSED: Text(
        Words("先说已付，稍后自己冲正", "paid and said so; later the device takes it back"),
        Words("没收到 ACK 的终端自动冲正", "a terminal without its ACK reverses by itself"),
        "ZVT 13.13, 06 1E after 04 0F",
    ),
}  # fmt: skip

_WRONGS: Mapping[Wrong, Text] = {
    Wrong.LATE_ACK: Text(
        Words("ACK 晚三秒", "the ACK comes three seconds late"),
        Words("终端正忙", "the terminal is busy"),
        _ACKS, Ends.BY_ITSELF,
    ),
    Wrong.NO_ACK: Text(
        Words("没有 ACK", "no ACK"),
        Words("丢失；发送方重发", "it was lost; the sender repeats"),
        _ACKS, Ends.BY_ITSELF,
    ),
    Wrong.NAK: Text(
        Words("NAK，请求不被接受", "NAK, and the request is not taken"),
        Words("校验错，要求重发", "a wrong checksum: it is wanted again"),
        _ACKS, Ends.BY_ITSELF,
    ),
    Wrong.SPLIT: Text(
        Words("消息分几段到", "the message comes in pieces"),
        Words("TCP 分段、串口逐字节", "segments of TCP, bytes of a serial line"),
        "RFC 9293: TCP is a stream", Ends.BY_ITSELF,
    ),
    Wrong.GLUE: Text(
        Words("两条消息连成一段", "two messages in one piece"),
        Words("TCP 合并发送", "TCP sends both at once"),
        "RFC 9293: TCP is a stream", Ends.BY_ITSELF,
    ),
    Wrong.DUPLICATE: Text(
        Words("同一消息两次", "the message twice"),
        Words("没听到 ACK 而重发", "repeated, as its ACK was not heard"),
        _ACKS, Ends.BY_ITSELF,
    ),
    Wrong.BAD_CHECK: Text(
        Words("LRC、CRC 或 MAC 错", "a wrong LRC, CRC or MAC"),
        Words("线路错误；MAC 错则不可信", "an error of the line; with a wrong MAC nobody's word"),
        _ACKS, Ends.BY_ITSELF,
    ),
    Wrong.BAD_LENGTH: Text(
        Words("长度错", "a wrong length"),
        Words("网关截断", "a gateway cut it"),
        _SEEN, Ends.BY_ITSELF,
    ),
    Wrong.GARBAGE: Text(
        Words("消息前有无意义字节", "bytes that mean nothing come before the message"),
        Words("线路噪声", "noise on the line"),
        _SEEN, Ends.BY_ITSELF,
    ),
    Wrong.LOST: Text(
        Words("消息丢失", "the message is lost"),
        Words("有 ACK 的线路会重发", "a line with ACKs repeats it"),
        _ACKS, Ends.BY_ITSELF,
    ),
    Wrong.FOREIGN: Text(
        Words("发给别的收银机或终端的应答", "the answer to another till or terminal"),
        Words("集中器送错了人", "a concentrator sends it to the wrong one"),
        _SEEN, Ends.BY_ITSELF,
    ),
    Wrong.WRONG_TRACE: Text(
        Words("流水号（11 域）不对", "another trace number (field 11)"),
        Words("旧请求的应答", "the answer to an older request"),
        "ISO 8583:1987, field 11", Ends.BY_ITSELF,
    ),
    Wrong.WRONG_TPDU: Text(
        Words("TPDU 没有对调", "a TPDU that is not turned round"),
        Words("NAC 配置错误", "a network access controller is set up wrong"),
        "field experience with NACs; no manual describes it", Ends.BY_ITSELF,
    ),
}  # fmt: skip

_MORE: Mapping[str, Text] = {
    "refuse": Text(
        Words("立即 84 RC", "84 RC at once"),
        Words("命令此刻不可用", "the command is not possible now"),
        "ZVT 13.13, 84 xx",
    ),
    "abort": Text(
        Words("先批准，再以 06 1E 结束", "approves, and then ends with 06 1E"),
        Words("打印或结算失败，交易取消", "paper or settlement failed: it is taken back"),
        "ZVT 13.13, 06 1E",
    ),
    "taken": Text(
        Words("已付，只答“已受理”", "paid, and answered: taken into account"),
        Words("稍后才知结果", "the result is known later"),
        "Caisse-AP: AE 11",
    ),
}  # fmt: skip

_SCRIPTS: Mapping[Script, Text] = {
    Script.DECLINE: Text(
        Words("拒绝：余额不足", "no: not enough money"),
        Words("NOTENOUGH", "NOTENOUGH"),
        "WeChat Pay, 付款码支付: error codes",
    ),
    Script.USERPAYING: Text(
        Words("顾客在输密码：查两次后付款", "the payer types a password: paid after two queries"),
        Words("USERPAYING：要轮询，30 秒后撤销", "USERPAYING: ask again; reverse after 30 s"),
        "WeChat Pay, 付款码支付: USERPAYING",
    ),
    Script.SILENT: Text(
        Words("无应答，没动钱", "no answer, and nothing moved"),
        Words("网络断了：查询为准", "the network is down: a query tells"),
        "WeChat Pay, 查询订单",
    ),
    Script.SILENT_MOVED: Text(
        Words("无应答，钱已动", "no answer, but the money moved"),
        Words("应答丢失：查询为准", "the answer was lost: a query tells"),
        "WeChat Pay, 查询订单",
    ),
    Script.SYSTEM_ERROR: Text(
        Words("报错，钱却动了", "an error, but the money moved"),
        Words("SYSTEM_ERROR：结果未知，必须查询", "SYSTEM_ERROR: unknown, it must be asked"),
        "WeChat Pay, 付款码支付: SYSTEMERROR",
    ),
}  # fmt: skip

_PARAMETERS: Mapping[str, Parameter] = {
    Outcome.DECLINE: Parameter("name:CODE", "the protocol's code"),
    Outcome.ASK: Parameter("name:MS", "ms"),
    Outcome.SLOW: Parameter("name:MS", "ms", 5000),
    Outcome.LATE: Parameter("name:MS", "ms", 300_000),
    Outcome.REVERSED: Parameter("name:MS", "ms", 1000),
    "refuse": Parameter("name:RC", "two hex digits"),
    "abort": Parameter("name:RC", "two hex digits"),
}
"""What may stand behind a word and a colon."""

_AMOUNT = Parameter("amount", "minor units, of one amount only")


def _payment(word: StrEnum | str, text: Text, having: tuple[str, ...]) -> FaultEntry:
    kinds = {HOST if name == "iso8583" else TERMINAL for name in having}
    behind = (_PARAMETERS[word],) if word in _PARAMETERS else ()
    amount = () if isinstance(word, Wrong) else (_AMOUNT,)
    return FaultEntry(
        str(word),
        Group.HOST,
        tuple(kind for kind in (TERMINAL, HOST) if kind in kinds),
        LINE_LEVELS,
        text,
        (*behind, *amount),
        () if len(having) == len(VOCABULARIES) else having,
    )


def _all() -> Iterator[FaultEntry]:
    every = tuple(VOCABULARIES)
    for outcome in Outcome:
        if outcome is not Outcome.APPROVE:
            yield _payment(outcome, _OUTCOMES[outcome], every)
    for wrong in Wrong:
        having = tuple(name for name, words in VOCABULARIES.items() if wrong in words.wrongs)
        yield _payment(wrong, _WRONGS[wrong], having)
    for word in sorted({word for words in VOCABULARIES.values() for word in words.more}):
        having = tuple(name for name, words in VOCABULARIES.items() if word in words.more)
        yield _payment(word, _MORE[word], having)


PAYMENT_FAULTS = tuple(_all())
"""What terminals and hosts can do; the names are words of ``--script`` and ``--fault``."""

PROVIDER_FAULTS = tuple(
    FaultEntry(
        str(script), Group.HOST, (PROVIDER,), ("memory", "tcp"), _SCRIPTS[script], (_AMOUNT,)
    )
    for script in Script
    if script is not Script.APPROVE
)
"""What a provider can do."""
