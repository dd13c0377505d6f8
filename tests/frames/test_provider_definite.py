"""Error codes that say "nothing moved", and those that do not: the providers' published tables.

WeChat Pay v2: 提交付款码支付 (chapter 9_10) has a column 支付状态: 支付确认失败, or 支付结果未知.
申请退款 (9_4) and 撤销订单 (9_11) say it in their advice. Alipay: the tables of alipay.trade.pay,
refund, cancel and close, by their advice.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pos_guard.frames.provider_profile_file import profile
from pos_guard.frames.provider_reply import outcome_of
from pos_guard.frames.provider_request import Asked, Meaning, read
from pos_guard.model import Outcome, Result

GOLDEN_DIR = Path(__file__).parents[1] / "golden"
GOLDEN: dict[str, dict[str, Any]] = {
    **json.loads((GOLDEN_DIR / "providers.json").read_text(encoding="utf-8")),
    **json.loads((GOLDEN_DIR / "wechat.json").read_text(encoding="utf-8")),
}

REFUND_V2 = (
    "<xml><appid>wx2421b1c4370ec43b</appid><mch_id>10000100</mch_id>"
    "<nonce_str>6cefdb308e1e2e8aabd48cf79e546a02</nonce_str>"
    "<out_refund_no>1415701182</out_refund_no><out_trade_no>1415757673</out_trade_no>"
    "<refund_fee>1</refund_fee><total_fee>1</total_fee><transaction_id></transaction_id>"
    "<sign>FE56DD4AA85C0EECA82C35595A69E153</sign></xml>"
)
"""The request example of 申请退款 (9_4)."""


def asked(name: str) -> tuple[str, Meaning]:
    """A documented request and its profile."""
    if name == "v2 refund":
        target, body, kind = "/secapi/pay/refund", REFUND_V2, "wechat-v2"
    else:
        golden = GOLDEN[name]
        target, body = golden["target"], golden["body"]
        kind = golden.get("profile", "wechat-v3")
    return kind, read(profile(kind), Asked("POST", target, body.encode(), lambda _: None))


def refused(name: str, code: str) -> Outcome:
    """What comes of a documented request when the provider answers with that code."""
    kind, meaning = asked(name)
    status = 200
    if kind == "wechat-v2":
        body = (
            "<xml><return_code>SUCCESS</return_code><result_code>FAIL</result_code>"
            f"<err_code>{code}</err_code></xml>"
        )
    elif kind == "alipay":
        assert meaning.rule is not None
        inner = {"code": "40004", "msg": "Business Failed", "sub_code": f"ACQ.{code}"}
        body = json.dumps({meaning.rule.reply.wrap or "": inner})
    else:
        status, body = 403, json.dumps({"code": code, "message": "x"})
    return outcome_of(profile(kind), meaning, status, body.encode())


FAILED = {
    "v2 micropay": """PARAM_ERROR NOAUTH AUTHCODEEXPIRE NOTENOUGH NOTSUPORTCARD ORDERCLOSED
        ORDERREVERSED AUTH_CODE_ERROR AUTH_CODE_INVALID XML_FORMAT_ERROR REQUIRE_POST_METHOD
        SIGNERROR LACK_PARAMS NOT_UTF8 APPID_NOT_EXIST MCHID_NOT_EXIST APPID_MCHID_NOT_MATCH""",
    "v2 refund": """TRADE_OVERDUE USER_ACCOUNT_ABNORMAL INVALID_REQ_TOO_MUCH NOTENOUGH
        INVALID_TRANSACTIONID PARAM_ERROR APPID_NOT_EXIST MCHID_NOT_EXIST ORDERNOTEXIST
        REQUIRE_POST_METHOD SIGNERROR XML_FORMAT_ERROR FREQUENCY_LIMITED NOAUTH""",
    "codepay": "AUTHCODEEXPIRE NOTENOUGH RULE_LIMIT ACCOUNT_ERROR NO_AUTH SIGN_ERROR",
    "refund": "INVALID_REQUEST NOT_ENOUGH REQUEST_BLOCKED RESOURCE_NOT_EXISTS FREQUENCY_LIMITED",
    "alipay pay": """INVALID_PARAMETER ACCESS_FORBIDDEN EXIST_FORBIDDEN_WORD PARTNER_ERROR
        TOTAL_FEE_EXCEED PAYMENT_AUTH_CODE_INVALID BUYER_BALANCE_NOT_ENOUGH PAYMENT_FAIL
        BUYER_BANKCARD_BALANCE_NOT_ENOUGH ERROR_BALANCE_PAYMENT_DISABLE BUYER_SELLER_EQUAL
        BUYER_ENABLE_STATUS_FORBID MOBILE_PAYMENT_SWITCH_OFF BEYOND_PAY_RESTRICTION
        BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR BEYOND_PER_RECEIPT_RESTRICTION
        BUYER_PAYMENT_AMOUNT_MONTH_LIMIT_ERROR SELLER_BEEN_BLOCKED
        ERROR_BUYER_CERTIFY_LEVEL_LIMIT PAYMENT_REQUEST_HAS_RISK
        NO_PAYMENT_INSTRUMENTS_AVAILABLE USER_FACE_PAYMENT_SWITCH_OFF INVALID_STORE_ID""",
    "alipay refund": """INVALID_PARAMETER SELLER_BALANCE_NOT_ENOUGH REFUND_AMT_NOT_EQUAL_TOTAL
        REASON_TRADE_BEEN_FREEZEN TRADE_NOT_EXIST TRADE_HAS_FINISHED REASON_TRADE_REFUND_FEE_ERR
        TRADE_NOT_ALLOW_REFUND REFUND_FEE_ERROR""",
}

OPEN = {
    "v2 micropay": """SYSTEMERROR BANKERROR USERPAYING ORDERPAID OUT_TRADE_NO_USED BUYER_MISMATCH
        INVALID_REQUEST TRADE_ERROR SOMETHING_NEW""",
    "v2 refund": """SYSTEMERROR BIZERR_NEED_RETRY ERROR CERT_ERROR REFUND_FEE_MISMATCH
        ORDER_NOT_READY INVALID_REQUEST SOMETHING_NEW""",
    "codepay": "SYSTEM_ERROR BANK_ERROR ORDERPAID OUT_TRADE_NO_USED TRADE_ERROR INVALID_REQUEST"
    " BUYER_MISMATCH SOMETHING_NEW",
    "refund": "SYSTEM_ERROR BIZ_ERR_NEED_RETRY SOMETHING_NEW",
    "alipay pay": """SYSTEM_ERROR CONTEXT_INCONSISTENT TRADE_HAS_SUCCESS TRADE_HAS_CLOSE
        TRADE_BUYER_NOT_MATCH PULL_MOBILE_CASHIER_FAIL SOMETHING_NEW""",
    "alipay refund": """SYSTEM_ERROR TRADE_STATUS_ERROR DISCORDANT_REPEAT_REQUEST
        USER_NOT_MATCH_ERR SOMETHING_NEW""",
}


def rows(table: dict[str, str]) -> list[tuple[str, str]]:
    return [(name, code) for name, codes in table.items() for code in codes.split()]


@pytest.mark.parametrize(("name", "code"), rows(FAILED))
def test_a_code_that_the_tables_call_a_failure_is_one(name: str, code: str) -> None:
    outcome = refused(name, code)
    assert outcome.result is Result.DECLINED
    assert (outcome.code or "").endswith(code)


@pytest.mark.parametrize(("name", "code"), rows(OPEN))
def test_a_code_that_leaves_a_doubt_is_not_known(name: str, code: str) -> None:
    assert refused(name, code).result is Result.UNKNOWN


@pytest.mark.parametrize("kind", ["wechat-v2", "wechat-v3", "alipay"])
def test_no_code_is_definite_that_stands_in_no_row_here(kind: str) -> None:
    tried = {code for name, code in rows(FAILED) if asked(name)[0] == kind}
    tried |= {f"ACQ.{code}" for code in tried}
    other_spellings = {"AUTH_CODE_EXPIRE", "AUTH_CODE_ERROR", "AUTH_CODE_INVALID"}
    queries = {"20001", "40001", "40002", "40006", "REVERSE_EXPIRE", "ACQ.AGREEMENT_NOT_EXIST"}
    closing = {"ACQ.REASON_TRADE_STATUS_INVALID", "ACQ.REASON_ILLEGAL_STATUS"}
    left = set(profile(kind).reply.definite) - tried - other_spellings - queries - closing
    if kind == "wechat-v3":  # it keeps the names of v2, or writes them with more underscores
        v2 = {code for name, code in rows(FAILED) if asked(name)[0] == "wechat-v2"}
        left = {code for code in left if code.replace("_", "") not in
                {name.replace("_", "") for name in v2}}  # fmt: skip
        left -= {"MCH_NOT_EXISTS"}
    assert left == set()
