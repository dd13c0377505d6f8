"""The words that bills and receipts use, as data: a policy may replace any of them.

Nothing here is a regular expression: a word is matched with its boundaries, whatever the case,
and with any number of blanks inside.
"""

from __future__ import annotations

from dataclasses import dataclass

from pos_guard.model import Tender


@dataclass(frozen=True, slots=True)
class ReceiptWords:
    """What to look for on paper, in Chinese and English together.

    ``paid`` claims that money was taken; ``unpaid`` holds phrases that contain such a word and
    say the opposite, they are struck out first. ``due`` is what has to be paid, ``total`` the sum
    before discounts where a receipt states both. ``order`` is sorted by trust: the first word
    with a number behind it names the order. ``report`` as a title: sums of a day, nobody's bill
    (a paper that claims payment in words is judged whatever its title). ``copies`` is how many
    papers of one payment are usual (shop and customer); each one beyond says that it is a reprint.
    """

    paid: tuple[str, ...] = (
        "paid",
        "paid in full",
        "payment received",
        "payment successful",
        "payment complete",
        "payment completed",
        "已支付",
        "已付款",
        "已付",
        "已收款",
        "已结账",
        "已结清",
        "支付成功",
        "付款成功",
        "收款成功",
        "支付完成",
        "实付",
        "实收",
    )
    unpaid: tuple[str, ...] = (
        "not paid",
        "not yet paid",
        "not been paid",
        "not yet been paid",
        "not fully paid",
        "not yet fully paid",
        "not completely paid",
        "not successfully paid",
        "not already paid",
        "not marked as paid",
        "not confirmed as paid",
        "isn't paid",
        "wasn't paid",
        "hasn't paid",
        "haven't paid",
        "hasn't been paid",
        "nothing paid",
        "nothing was paid",
        "nothing has been paid",
        "never paid",
        "to be paid",
        "must be paid",
        "will be paid",
        "can be paid",
        "cannot be paid",
        "can't be paid",
        "may be paid",
        "should be paid",
        "if paid",
        "when paid",
        "once paid",
        "until paid",
        "unless paid",
        "paid parking",
        "no payment received",
        "paid out",
        "no paid order fits",
        "must not say paid",
        "未已支付",
        "未已付款",
        "未已付",
        "未已收款",
        "没有已支付",
        "没有已付款",
        "不是已支付",
        "不是已付款",
        "并非已支付",
        "没有找到对应的已收款订单",
        "不能打印已支付小票",
        "未实付",
        "待实付",
        "未支付成功",
        "未付款成功",
        "未收款成功",
        "未支付完成",
        "支付成功后",
        "付款成功后",
        "收款成功后",
        "支付完成后",
        "已付款后",
        "已支付后",
    )
    refund: tuple[str, ...] = (
        "refund",
        "refunded",
        "refund receipt",
        "refund slip",
        "refund amount",
        "amount refunded",
        "退款",
        "已退款",
        "退款成功",
        "退款单",
        "退款小票",
        "退款金额",
        "退货",
        "退货单",
    )
    due: tuple[str, ...] = (
        "total due",
        "amount due",
        "amount to pay",
        "total to pay",
        "to pay",
        "balance due",
        "grand total",
        "应付",
        "应收",
        "待付",
        "应付合计",
        "应付总额",
    )
    total: tuple[str, ...] = (
        "total",
        "total amount",
        "sum",
        "合计",
        "总计",
        "总额",
        "总价",
    )
    discount: tuple[str, ...] = (
        "discount",
        "coupon",
        "优惠",
        "折扣",
        "立减",
        "满减",
        "抹零",
    )
    change: tuple[str, ...] = ("change", "change due", "找零", "找赎")
    order: tuple[str, ...] = (
        "order",
        "订单号",
        "订单编号",
        "订单",
        "单号",
        "bill",
        "账单号",
        "check",
        "ticket",
        "流水号",
        "小票号",
        "receipt",
        "invoice",
    )
    report: tuple[str, ...] = (
        "x report",
        "z report",
        "x-report",
        "z-report",
        "end of day",
        "shift report",
        "sales report",
        "日结",
        "日结单",
        "交班",
        "交班单",
        "对账单",
        "销售报表",
    )
    card: tuple[str, ...] = (
        "card",
        "credit card",
        "debit card",
        "bank card",
        "girocard",
        "visa",
        "mastercard",
        "maestro",
        "刷卡",
        "银行卡",
        "信用卡",
    )
    cash: tuple[str, ...] = ("cash", "现金")
    wechat: tuple[str, ...] = ("wechat", "wechat pay", "weixin", "weixin pay", "微信", "微信支付")
    alipay: tuple[str, ...] = ("alipay", "支付宝")
    unionpay: tuple[str, ...] = ("unionpay", "银联", "云闪付")
    voucher: tuple[str, ...] = ("voucher", "gift card", "代金券", "礼品卡")
    copies: int = 2

    def tenders(self) -> dict[Tender, tuple[str, ...]]:
        """The words of each tender."""
        return {
            Tender.CARD: self.card,
            Tender.CASH: self.cash,
            Tender.WECHAT: self.wechat,
            Tender.ALIPAY: self.alipay,
            Tender.UNIONPAY: self.unionpay,
            Tender.VOUCHER: self.voucher,
        }


DEFAULT_WORDS = ReceiptWords()
