"""Bills and receipts are read exactly, or said to be unreadable; a bill is never a paid receipt."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.frames.receipt_amounts import UnclearError, read_amount
from pos_guard.frames.receipt_text import (
    DEFAULT_WORDS,
    MAX_TEXT,
    ReadReceipt,
    claims,
    read_receipt,
    read_total,
)
from pos_guard.model import Tender, TenderLine
from pos_guard.money import Money, format_amount


def read(text: str, currency: str = "EUR", *, drawer: bool = False) -> ReadReceipt:
    return read_receipt(text, DEFAULT_WORDS, currency, drawer=drawer)


BILL = """
        晨光咖啡 Morning Light
单号 Order: A-0017      台号 Table: 4
------------------------------------------
拿铁 Latte            2 x  5.00      10.00
Greeting Card                         2.50
------------------------------------------
合计 TOTAL                          €12.50
           ** 未付款 NOT PAID **
"""

PAID_CARD = """
        MORNING LIGHT
Order No. A-0017
Latte                                10.00
TOTAL                            EUR 12.50
VISA **** **** **** 1234             12.50
        *** PAID ***   Thank you!
"""

PAID_CASH = """
单号：A－００１７
合　计：￥１２．５０
现金：２０．００  找零：７．５０
已支付
"""


def test_a_bill_states_order_and_total_and_claims_nothing() -> None:
    bill = read(BILL)
    assert bill.is_bill
    assert not bill.is_claim
    assert bill.receipt.order_id == "A-0017"
    assert bill.receipt.total == Money(1250, "EUR")
    assert bill.receipt.tenders == ()
    assert bill.problems == ()


def test_a_card_receipt_claims_payment_with_its_tender() -> None:
    paid = read(PAID_CARD).receipt
    assert paid.claims_paid
    assert (paid.order_id, paid.total) == ("A-0017", Money(1250, "EUR"))
    assert paid.tenders == (TenderLine(Tender.CARD, 1250),)


def test_full_width_text_is_read_and_change_is_taken_off_the_cash() -> None:
    paid = read(PAID_CASH, "CNY", drawer=True).receipt
    assert paid.claims_paid
    assert paid.drawer
    assert (paid.order_id, paid.total) == ("A-0017", Money(1250, "CNY"))
    assert paid.tenders == (TenderLine(Tender.CASH, 1250),)


@pytest.mark.parametrize(
    "line",
    [
        "PAID",
        "** Paid **",
        "P A I D",
        "ＰＡＩＤ",
        "PA\u200bID",
        "Paid: 12.50",
        "AMOUNT PAID 12.50",
        "PAID IN FULL",
        "Payment received, thank you",
        "Payment  successful",
        "BILL PAID",
        "NOT REFUNDABLE - PAID",
        "已支付",
        "已 支 付",
        "本单已付款，谢谢惠顾",
        "支付成功",
        "实付：￥12.50",
        "实付金额 12.50",
        "已付 12.50",
        "NOT PAID before, now PAID",
        "UNPAID ... PAID",
        "NOT PAID\nPAID",
        "NOT\nPAID",
        "NOT FULLY\nPAID",
        "未付款\n已付款",
        "未\n已支付",
        "未支付 已支付",
        "ＮＯＴ　ＰＡＩＤ　　ＰＡＩＤ",
        "N O T  P A I D  P A I D",
        "NOT              PAID",
        "ORDER NO PAID",
        "PAID NO REFUNDS",
        "PAID 0.00 DUE",
        "PAID: 0.00 DUE",
        "BILL-PAID",
        "P  A  I  D",
        "P   A   I   D",
        "P.A.I.D",
        "P-A-I-D.",
        "K P A I D",
        "P A I D X",
        "已付款否则不取",
    ],
)
def test_a_claim_of_payment_is_found(line: str) -> None:
    assert claims(line)
    assert read(f"TOTAL 12.50\n{line}\n").receipt.claims_paid


@pytest.mark.parametrize(
    "line",
    [
        "UNPAID",
        "NOT PAID",
        "N O T   P A I D",
        "not yet paid",
        "has not been paid",
        "Un-paid",
        "To be paid: 12.50",
        "BILL",
        "Please pay at the counter",
        "Paid: 0.00",
        "Paid EUR 0,00",
        "Paid: no",
        "PREPAID CARD",
        "REPAID",
        "PAIDX",
        "PA1D",
        "Paid out",
        "未支付",
        "未 付 款",
        "待支付",
        "待付款",
        "尚未支付",
        "未实付",
        "实付：0.00",
        "支付成功后请出示此单",
        "请支付 12.50",
        "APPROVED",
        "UNPAID BALANCE 12.50",
        "PAYMENT NOT RECEIVED",
        "NO PAYMENT",
        "PAYMENT FAILED",
        "PAYMENT NOT SUCCESSFUL",
        "NOT FULLY PAID",
        "This bill isn’t paid",
        "It hasn't been paid",
        "Nothing paid",
        "NOT MARKED AS PAID",
        "Amount paid ..... 0.00",
        "Paid 0.00    Due 12.50",
        "Paid: none",
        "Paid? No",
        "PRE-PAID",
        "No paid order fits this receipt. Take the payment first, then print it.",
        "12.50 is not confirmed yet, so the receipt must not say PAID.",
        "支付失败",
        "付款失败",
        "支付未成功",
        "尚未支付成功",
        "未收款",
        "不是已支付",
        "是否已付款：否",
        "没有找到对应的已收款订单，不能打印已支付小票。请先收款。",
    ],
)
def test_what_denies_or_only_resembles_a_claim_is_none(line: str) -> None:
    assert not claims(line)
    assert not read(f"TOTAL 12.50\n{line}\n").receipt.claims_paid


@pytest.mark.parametrize(
    ("line", "tender"),
    [
        ("CARD 12.50", Tender.CARD),
        ("Card payment: EUR 12.50", Tender.CARD),
        ("PAID BY CARD 12.50", Tender.CARD),
        ("刷卡 12.50", Tender.CARD),
        ("CASH: 12.50", Tender.CASH),
        ("现金 CASH 12.50", Tender.CASH),
        ("WECHAT PAY 12.50", Tender.WECHAT),
        ("微信支付 WeChat Pay  12.50", Tender.WECHAT),
        ("支付方式：微信 12.50", Tender.WECHAT),
        ("支付宝 12.50", Tender.ALIPAY),
        ("UnionPay 12.50", Tender.UNIONPAY),
        ("GIFT CARD 12.50", Tender.VOUCHER),
    ],
)
def test_a_tender_with_its_amount_claims_payment_without_the_word(
    line: str, tender: Tender
) -> None:
    paid = read(f"TOTAL 12.50\n{line}\n").receipt
    assert paid.tenders == (TenderLine(tender, 1250),)
    assert paid.claims_paid


@pytest.mark.parametrize(
    "line", ["We accept CARD and CASH", "Card 0.00", "Cash discount 1.00", "Card holder 12 Smith"]
)
def test_a_tender_without_an_amount_claims_nothing(line: str) -> None:
    assert not read(f"TOTAL 12.50\n{line}\n").is_claim


def test_split_tenders_keep_their_parts() -> None:
    paid = read("TOTAL 12.50\nCARD 5.00\nCASH 10.00\nCHANGE 2.50\nPAID").receipt
    assert paid.tenders == (TenderLine(Tender.CARD, 500), TenderLine(Tender.CASH, 750))


def test_two_equal_cards_count_twice_and_one_card_stated_twice_counts_once() -> None:
    halves = read("TOTAL 12.50\nCARD 6.25\nCARD 6.25").receipt.tenders
    assert sum(line.amount for line in halves) == 1250
    twice = read("TOTAL 12.50\nCARD 12.50\nCard sale 12.50").receipt.tenders
    assert twice == (TenderLine(Tender.CARD, 1250),)


@pytest.mark.parametrize(
    ("text", "total"),
    [
        ("TOTAL 12.50", 1250),
        ("TOTAL........€12.50", 1250),
        ("TOTAL ---- 12.50", 1250),
        ("TOTAL\n\n   12.50 EUR\n", 1250),
        ("TOTAL EUR    12.50\nVAT EUR      2.00", 1250),
        ("TOTAL 12.50   EUR", 1250),
        ("Total (incl. VAT)   12.50", 1250),
        ("TOTAL 3 items  12.50", 1250),
        ("合计(含税): 12.50", 1250),
        ("总计 3件 12.50", 1250),
        ("应付金额：12.50", 1250),
        ("AMOUNT DUE 12,50", 1250),
        ("TOTAL 1,250.00", 125000),
        ("TOTAL 1.250,00", 125000),
        ("TOTAL 1'250.00", 125000),
        ("TOTAL 1,250,000.00", 125000000),
        ("TOTAL 12", 1200),
        ("SUBTOTAL 10.00\nVAT 2.50\nTOTAL 12.50", 1250),
        ("TOTAL 12.50\nGRAND TOTAL 12.50", 1250),
        ("合计 15.00\n优惠 2.50\n应付 12.50\n实付 12.50", 1250),
        ("TOTAL VAT 2.00\nTOTAL ITEMS 3\nTOTAL 12.50", 1250),
        ("PAID 12.50", 1250),
        ("TOTAL 12.50 EUR\nTOTAL 98.10 CNY", 1250),
    ],
)
def test_the_total_is_found_in_real_layouts(text: str, total: int) -> None:
    assert read(text).receipt.total == Money(total, "EUR")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("TOTAL 12.50\nTOTAL 125.00", "two-totals"),
        ("TOTAL 15.00\nAMOUNT DUE 12.50", "two-totals"),
        ("TOTAL 15.00\nDISCOUNT 1.00\nAMOUNT DUE 12.50", "two-totals"),
        ("TOTAL 1,250", "amount"),
        ("TOTAL 1.250", "amount"),
        ("TOTAL 1 250,00", "amount"),
        ("TOTAL 12.505", "amount"),
        ("TOTAL 1,2,5.00", "amount"),
        ("TOTAL 12.50\nTOTAL 1,250", "amount"),
        ("TOTAL ￥12.50", "currency"),
        ("TOTAL USD 12.50", "currency"),
    ],
)
def test_an_ambiguous_total_is_reported_and_never_guessed(text: str, problem: str) -> None:
    found = read(text)
    assert found.receipt.total is None
    assert problem in found.problems
    assert not found.is_bill


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("TOTAL 12.50\nCARD 5.00\nPAID", "tenders"),
        ("TOTAL 12.50\nCASH 5.00\nCHANGE 7.50", "change"),
        ("TOTAL 12.50\nCARD $12.50", "currency"),
        ("Order 17\nOrder 18\nTOTAL 12.50", "two-orders"),
        ("TOTAL 12.50\n" + "x" * MAX_TEXT, "too-long"),
    ],
)
def test_what_does_not_fit_is_reported(text: str, problem: str) -> None:
    assert problem in read(text).problems


def test_a_tender_in_another_currency_is_still_a_claim() -> None:
    assert read("TOTAL 12.50\nCARD $12.50").receipt.claims_paid


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("Order 17", "17"),
        ("ORDER NO: A-17", "A-17"),
        ("Order #2024/0017", "2024/0017"),
        ("订单号：DD20240017", "DD20240017"),
        ("单号 Order: A-0017", "A-0017"),
        ("Table 4    Order 17", "17"),
        ("Receipt No. 99\nOrder 17", "17"),
        ("Receipt No. 99", "99"),
        ("Order 17\nOrder: 17", "17"),
        ("Thank you for your order 5 stars", None),
        ("Order date: 2026-01-02", None),
        ("订单时间：2026-01-02", None),
        ("Order 17\nOrder 18", None),
    ],
)
def test_the_order_is_named_by_its_label(text: str, order: str | None) -> None:
    assert read(text).receipt.order_id == order


@pytest.mark.parametrize(
    "text",
    [
        "*** REFUND ***\nTOTAL 12.50",
        "REFUND 12.50",
        "退款金额：12.50",
        "【退款单】\n合计 12.50",
        "TOTAL -12.50",
        "TOTAL 12.50-",
    ],
)
def test_a_refund_slip_is_a_claim_of_its_own(text: str) -> None:
    found = read(text)
    assert found.receipt.refund
    assert found.is_claim
    assert not found.is_bill
    assert found.receipt.total == Money(1250, "EUR")


@pytest.mark.parametrize(
    "text",
    ["Refunds within 7 days with this receipt", "No refund without receipt", "如需退款请凭小票"],
)
def test_a_refund_policy_in_small_print_is_no_refund(text: str) -> None:
    assert not read(f"TOTAL 12.50\n{text}").receipt.refund


def test_the_sums_of_a_day_are_nobodys_bill_and_no_receipt() -> None:
    report = read("Z-REPORT 0017\nTOTAL 1250.00\nCARD 800.00\nCASH 450.00\nPaid out 20.00")
    assert not report.is_bill
    assert not report.is_claim
    assert read("Z-REPORT\nTOTAL 12.50\nPAID").receipt.claims_paid


def test_words_are_data() -> None:
    words = replace(DEFAULT_WORDS, paid=("BEZAHLT",), total=("SUMME",))
    found = read_receipt("SUMME 12,50\nBEZAHLT", words, "EUR")
    assert found.receipt.claims_paid
    assert found.receipt.total == Money(1250, "EUR")
    assert not read_receipt("PAID", words, "EUR").is_claim


def test_the_fingerprint_knows_the_same_text_whatever_its_blanks() -> None:
    same = read(PAID_CARD.replace("   ", " "))
    assert same.receipt.fingerprint == read(PAID_CARD).receipt.fingerprint
    assert read(PAID_CARD.replace("12.50", "12.51")).receipt.fingerprint != same.receipt.fingerprint


def test_the_total_of_a_display_is_read_alone() -> None:
    assert read_total("Latte 5.00\nTOTAL  12.50", DEFAULT_WORDS, "EUR") == Money(1250, "EUR")
    assert read_total("Welcome 欢迎光临", DEFAULT_WORDS, "EUR") is None


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("1,250", "JPY", 1250),
        ("¥1250", "JPY", 1250),
        ("12.500", "KWD", 12500),
        ("RMB 12.5", "CNY", 1250),
        ("12元", "CNY", 1200),
        ("HK$12.50", "HKD", 1250),
    ],
)
def test_amounts_follow_the_currencys_own_decimals(text: str, currency: str, amount: int) -> None:
    stated = read_amount(text, currency)
    assert stated is not None
    assert stated.money == Money(amount, currency)


@pytest.mark.parametrize("text", ["12,500", "12.5000"])
def test_three_decimals_and_thousands_are_not_told_apart_by_guessing(text: str) -> None:
    with pytest.raises(UnclearError):
        read_amount(text, "KWD")


AMOUNTS = st.integers(min_value=1, max_value=99_999_999)
ORDERS = st.from_regex(r"[A-Z][0-9]{1,8}", fullmatch=True)
LAYOUTS = (
    "Order: {order}\nTOTAL {amount}\n",
    "{wide}\n单号：{order}\n合计 TOTAL      €{amount}\n谢谢\n",
    "ORDER NO {order}\n*** TOTAL DUE: EUR {amount} ***\n",
    "订单号 {order}   收银员 01\n应付金额：{amount}\n未付款\n",
    "Bill {order}\nItem 1  x2  3.99\nTOTAL\n{amount} EUR\n",
)


@given(AMOUNTS, ORDERS, st.sampled_from(LAYOUTS), st.booleans())
@settings(max_examples=60)
def test_any_amount_and_order_is_read_back_exactly(
    amount: int, order: str, layout: str, wide: bool
) -> None:
    text = layout.format(order=order, amount=format_amount(amount, "EUR"), wide="=" * 20)
    if wide:
        text = text.translate({code: code + 0xFEE0 for code in range(0x30, 0x3A)})
    found = read(text)
    assert found.receipt.total == Money(amount, "EUR")
    assert found.receipt.order_id == order
    assert not found.is_claim


@given(st.sampled_from(("PAID", "已支付", "支付成功", "已结账")), st.data())
@settings(max_examples=60)
def test_a_word_with_one_wrong_sign_is_no_claim(word: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(word) - 1))
    wrong = data.draw(st.sampled_from("BXZ0未请"))
    mutated = word[:place] + wrong + word[place + 1 :]
    assert not claims(f"  {mutated}  ") or mutated == word


@given(st.text(max_size=400))
@settings(max_examples=100)
def test_any_text_is_read_without_an_error(text: str) -> None:
    found = read(text)
    assert found.receipt.fingerprint


@pytest.mark.parametrize(
    "piece", ["a ", "PAID-", "12 ", "TOTAL ", "[ ", "- ", "合 ", ":.", "0", "p.", "PAID 0.00 DUE "]
)
def test_a_megabyte_of_anything_is_read_in_time(piece: str) -> None:
    assert read(piece * (500_000 // len(piece))).receipt.fingerprint


def test_a_label_under_a_title_is_not_the_titles_amount() -> None:
    read = read_receipt("REFUND\nREFUND AMOUNT 5.00\n", DEFAULT_WORDS, "EUR")
    assert read.receipt.refund
    assert read.receipt.total == Money(500, "EUR")
    assert read.problems == ()
