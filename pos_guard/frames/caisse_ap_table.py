"""Caisse-AP over IP: what its tags hold, and which may stand in a request that moves money.

No public copy of the association's specification exists. The list is the union of what is sent by
akretion/caisse-ap-ip (273b9f3d74), OCA/l10n-france ``l10n_fr_pos_caisse_ap_ip`` and its successors
for newer Odoo, and what HiPay's "Local API for Nepting" (protocol 3.20) and a manual for
CAISSE_AP_V3.20 document. A money request with any other tag is refused: nobody here can say what a
terminal would make of it.
"""

from __future__ import annotations

import re
from types import MappingProxyType

VERSION = "CZ"
PROTOCOL_ID = "CJ"
TILL = "CA"
AMOUNT = "CB"
ACTION = "CD"
CURRENCY = "CE"
APPLICATION = "CC"
NUMBER = "CH"
CONTRACT = "CG"
AUTHORISATION = "AC"
STATUS = "AE"
DETAIL = "AF"
CARD = "AA"
CHEQUE_LINE = "AD"

MAX_TAGS = 64
"""Tags in one message: all documented ones together are about 40."""

MAX_REQUEST = 1010
"""Longest request. Tills read the answer with one ``recv(1024)``, and a refusal is the request
with 14 bytes more: it must fit. Order data of 900 bytes (tag OD) does."""

MAX_ANSWER = 4096
"""Longest answer: a slip in base64 (tags ZT, AK) has about 400 bytes, two of them 800, and a
length field can say no more than 999."""

DEBIT, CREDIT, CANCEL, IDENTIFY = "0", "1", "2", "I"

ACTIONS = MappingProxyType(
    {DEBIT: "debit", CREDIT: "credit", CANCEL: "cancellation", IDENTIFY: "identification"}
)
"""What CD may say. Other letters and digits have other meanings at other makers (3 to 7: enquiry,
pre-authorisation, transfer …): such a request is never forwarded."""

DONE, NOT_DONE, TAKEN = "10", "01", "11"
"""AE: carried out, not carried out, taken into account (the end is not known yet)."""

FIELDS = MappingProxyType(
    {
        VERSION: re.compile(r"03\d\d", re.ASCII),
        PROTOCOL_ID: re.compile(r"[0-9A-Za-z]{12}"),
        TILL: re.compile(r"\d\d", re.ASCII),
        AMOUNT: re.compile(r"\d{2,12}", re.ASCII),
        ACTION: re.compile(r"[0-9A-Z]"),
        CURRENCY: re.compile(r"\d{3}", re.ASCII),
        "BA": re.compile(r"[01]"),  # answer at the end, or at once
        "BB": re.compile(r"[01]"),  # force an authorisation request
        "BF": re.compile(r"[01]"),  # a part of the amount is accepted
        "BH": re.compile(r"\+?\d{6,20}", re.ASCII),  # the customer's telephone
        "BI": re.compile(r"[!-~]{3,256}"),  # the customer's mail address
        APPLICATION: re.compile(r"[0-9A-Z]{3}"),  # 00C: a cheque
        "CF": re.compile(r"[ -~]{1,99}"),  # the merchant's number, private data
        NUMBER: re.compile(r"[0-9A-Za-z]{1,32}"),  # the terminal's number of the transaction
        "CI": re.compile(r"[0-9]"),  # how the card is to be read
        "CK": re.compile(r"\d{3}", re.ASCII),  # which slips the till wants
        "OD": re.compile(r"[ -~]{1,999}"),  # order data for loyalty
    }
)
"""Tags of a request, and what each may hold."""

REQUIRED = (PROTOCOL_ID, TILL, AMOUNT, ACTION, CURRENCY)
"""What a money request has beside CZ, in the order in which it is missed."""
