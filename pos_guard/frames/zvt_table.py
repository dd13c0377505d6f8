"""What ZVT's numbers mean: command names, BMP payloads, what only asks and what moves money.

Source: the BMP table and command list of PA00P015 13.06, cross-read from three implementations;
the elements of the display commands from the summary of revision 13.13 (chapter 13).
"""

from __future__ import annotations

from enum import Enum, auto

ACK = 0x8000
AUTHORISATION = 0x0601
REGISTRATION = 0x0600
LOG_OFF = 0x0602
PREPAID = 0x0609
TIP = 0x060C
TELEPHONIC = 0x0621
RESERVATION = 0x0622
BOOKING = 0x0623
BOOK_TOTAL = 0x0624
RELEASE = 0x0625
REVERSAL = 0x0630
REFUND = 0x0631
TURNOVER_TOTALS = 0x0610
PRINT_CONFIGURATION = 0x061A
REPEAT_RECEIPT = 0x0620
END_OF_DAY = 0x0650
STATUS_ENQUIRY = 0x0501
ABORT_COMMAND = 0x06B0
INTERMEDIATE = 0x04FF
STATUS_INFORMATION = 0x040F
COMPLETION = 0x060F
ABORT = 0x061E
PRINT_LINE = 0x06D1
PRINT_BLOCK = 0x06D3
WAIT = 0x849C
REDUCE = 0x849D
NOT_AUTHENTIC = 0x8466

NAMES = {
    0x0401: "set_date_time_in_ecr",
    0x040C: "request_file",
    0x040D: "input_request",
    0x040E: "menu_request",
    INTERMEDIATE: "intermediate_status",
    STATUS_INFORMATION: "status_information",
    STATUS_ENQUIRY: "status_enquiry",
    REGISTRATION: "registration",
    AUTHORISATION: "authorisation",
    LOG_OFF: "log_off",
    0x0603: "account_balance",
    0x0604: "activate_card",
    0x0609: "prepaid_top_up",
    0x060C: "tip",
    COMPLETION: "completion",
    0x0610: "send_turnover_totals",
    0x0612: "print_turnover_receipts",
    0x0618: "reset_terminal",
    0x061A: "print_system_configuration",
    0x061B: "set_terminal_id",
    ABORT: "abort",
    REPEAT_RECEIPT: "repeat_receipt",
    0x0621: "telephonic_authorisation",
    0x0622: "reservation",
    0x0623: "partial_reversal",
    0x0624: "book_total",
    0x0625: "pre_authorisation_reversal",
    REVERSAL: "reversal",
    REFUND: "refund",
    END_OF_DAY: "end_of_day",
    0x0651: "send_offline_transactions",
    0x0670: "diagnosis",
    0x0679: "selftest",
    0x0691: "set_date_time",
    0x0693: "initialisation",
    0x0695: "change_password",
    ABORT_COMMAND: "abort_command",
    0x06C0: "read_card",
    0x06C5: "close_card_session",
    PRINT_LINE: "print_line",
    PRINT_BLOCK: "print_text_block",
    0x06D8: "dial_up",
    0x06D9: "transmit_data_via_dial_up",
    0x06DA: "receive_data_via_dial_up",
    0x06DB: "hang_up",
    0x06DD: "transparent_mode",
    0x06E0: "display_text",
    0x06E1: "display_text_with_keys",
    0x06E2: "display_text_with_input",
    0x06E4: "blocked_list_query",
    0x0810: "software_update",
    0x0811: "read_file",
    0x0812: "delete_file",
    0x0813: "change_configuration",
    0x0814: "write_file",
    0x0830: "select_language",
    0x0850: "activate_card_reader",
    ACK: "positive_acknowledgement",
}
"""The standard's names. What is not here has none and is not passed on."""

MONEY = frozenset({0x0601, 0x0609, 0x060C, 0x0621, 0x0622, 0x0623, 0x0624, 0x0625, 0x0630, 0x0631})
"""Everything that moves money or promises to."""

STRICT = MONEY | {REDUCE}
"""What is read strictly: the money commands, and the till's answer that lowers an amount."""

PASSES = frozenset(
    {
        STATUS_ENQUIRY,
        REGISTRATION,
        LOG_OFF,
        0x0603,
        0x0610,
        0x0612,
        0x0618,
        0x061A,
        REPEAT_RECEIPT,
        END_OF_DAY,
        0x0670,
        0x0679,
        0x0691,
        0x0693,
        ABORT_COMMAND,
        0x06C0,
        0x06C5,
        0x06E0,
        0x0830,
    }
)
"""What only asks, stops or looks after the terminal. Not 06 1B, which changes who is paid, and
not file transfer or software, which change everything."""

ENDS_AT_ACK = frozenset({LOG_OFF, 0x0691, ABORT_COMMAND, 0x06C5, 0x06E0, 0x0830})
"""Commands whose exchange is over with the first answer; the others end with 06 0F or 06 1E."""


TERMINAL_SAYS = frozenset(
    {
        0x0401,
        0x040C,
        0x040D,
        0x040E,
        STATUS_INFORMATION,
        INTERMEDIATE,
        COMPLETION,
        ABORT,
        PRINT_LINE,
        PRINT_BLOCK,
        *range(0x06D8, 0x06DC),
        0x06DD,
        0x06E4,
    }
)
"""What a terminal says or asks beside its 80 and 84: chapter 3. Nothing else reaches the till."""


class Kind(Enum):
    """How the payload of a BMP is built and read."""

    NUMBER = auto()  # packed digits that mean a number: amounts, currency, receipt
    DIGITS = auto()  # packed digits that mean text: terminal id
    BINARY = auto()
    LL = auto()
    LLL = auto()
    TLV = auto()


_FIXED: dict[int, tuple[int, Kind]] = {
    0x01: (1, Kind.BINARY),
    0x02: (1, Kind.BINARY),
    0x03: (1, Kind.BINARY),
    0x04: (6, Kind.NUMBER),
    0x05: (1, Kind.BINARY),
    0x0B: (3, Kind.NUMBER),
    0x0C: (3, Kind.NUMBER),
    0x0D: (2, Kind.NUMBER),
    0x0E: (2, Kind.NUMBER),
    0x17: (2, Kind.NUMBER),
    0x19: (1, Kind.BINARY),
    0x27: (1, Kind.BINARY),
    0x29: (4, Kind.DIGITS),
    0x2A: (15, Kind.BINARY),
    0x37: (3, Kind.NUMBER),
    0x3A: (2, Kind.DIGITS),
    0x3B: (8, Kind.BINARY),
    0x3D: (3, Kind.DIGITS),
    0x49: (2, Kind.NUMBER),
    0x87: (2, Kind.NUMBER),
    0x88: (3, Kind.NUMBER),
    0x8A: (1, Kind.BINARY),
    0x8C: (1, Kind.BINARY),
    0xA0: (1, Kind.BINARY),
    0xAA: (3, Kind.NUMBER),
    0xBA: (5, Kind.BINARY),
    0xD0: (1, Kind.BINARY),
    0xD2: (1, Kind.BINARY),
    0xD3: (1, Kind.BINARY),
    0xE0: (1, Kind.BINARY),
    0xE9: (1, Kind.BINARY),
    0xEA: (1, Kind.BINARY),
    0xEB: (8, Kind.BINARY),
    0xF0: (1, Kind.BINARY),
    0xF9: (1, Kind.BINARY),
    0xFA: (1, Kind.BINARY),
    0xFB: (1, Kind.BINARY),
    0xFC: (1, Kind.BINARY),
    0xFD: (1, Kind.BINARY),
}
_TEXTS = (*range(0xE1, 0xE9), *range(0xF1, 0xF9))  # lines of a display
_LL = (0x22, 0x23, 0x2D, 0x8B, 0xA7, 0xD1, *_TEXTS)
_LLL = (0x24, 0x2E, 0x3C, 0x60, 0x92, 0x9A, 0xAF)
TLV_TAG = 0x06

BMP: dict[int, tuple[int, Kind]] = {
    **_FIXED,
    **dict.fromkeys(_LL, (0, Kind.LL)),
    **dict.fromkeys(_LLL, (0, Kind.LLL)),
    TLV_TAG: (0, Kind.TLV),
}
"""Tag: payload bytes (0: the payload says) and kind."""

NO_RECEIPT = b"\xff\xff"
"""BMP 87 when there is no receipt number."""

SECRET_BMPS = frozenset({0x22, 0x23, 0x24, 0x2D, 0x3A, 0x3D, 0x2E, 0xA7, 0xAF, 0xD1})
"""PAN, tracks, CVV, password, chip data, PIN data."""

ONCE = frozenset({0x04, 0x27, 0x29, 0x49, 0x87})
"""Fields that decide: twice in one answer means that nobody can tell which one counts."""
