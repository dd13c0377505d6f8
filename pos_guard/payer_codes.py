"""Payment codes as the guard handles them: as keyed hashes, from the first scan to the charge.

The text of a code comes in here and goes no further. What stays is its token: used once, aged from
the first time that it was shown, forgotten after a day.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace

from pos_guard.desk import Desk
from pos_guard.frames.codes import Code, Kind, classify, scan_of
from pos_guard.frames.payment_hidden import hides_payment_code
from pos_guard.model import Intent, Scan, ScannedCode, Source
from pos_guard.policy.request import Request
from pos_guard.policy.rules import code_kind, code_typed
from pos_guard.policy.verdict import Verdict
from pos_guard.stickers import Stickers
from pos_guard.store.ledger import Phase
from pos_guard.store.store import Store


class PayerCodes:
    """Tokens of payment codes, and what was judged of them."""

    def __init__(self, store: Store, desk: Desk, stickers: Stickers) -> None:
        self._store = store
        self._desk = desk
        self._stickers = stickers

    def token(self, secret: str) -> str:
        """The keyed hash of a payment code: equal codes, equal tokens; nothing else leaks."""
        key = self._store.keys.pepper
        return hmac.new(key, b"payment-code|" + secret.encode(), hashlib.sha256).hexdigest()

    def scan_of(self, code: Code, *, typed: bool = False) -> Scan:
        """What the guard judges of a classified code; ``typed``: a keyboard's, not a scanner's.

        :raises StoreError: when the store cannot be read.
        """
        token = self.token(code.text) if code.kind is Kind.PAYMENT_CODE else ""
        scan = scan_of(code, token)
        if code.kind is Kind.TEXT and hides_payment_code(code.text):
            scan = replace(scan, problems=(*scan.problems, code_kind.HIDDEN))
        sticker = None if code.payable else self._stickers.of(code)
        return replace(scan, typed=typed, sticker=None if sticker is None else sticker.name)

    def charging(self, intent: Intent, text: str, *, typed: bool = False) -> Intent:
        """The intent, with the customer's code that it charges as a token and its kind.

        A code that was scanned is what the scanner's settings made of it (they may name wallets
        that are known only there); any other is classified here.

        :raises StoreError: when the store cannot be read.
        """
        token = self.token(text)
        known = self._desk.context().code
        if known is not None and known.value.token == token:
            code = known.value
            payer = Scan("payment_code", code.scheme, True, token, code.masked, typed=code.typed)
        else:
            payer = replace(scan_of(classify(text), token), typed=typed)
        return replace(intent, payer_token=token, payer=payer)

    def shown(self, scan: Scan, request: Request, verdict: Verdict) -> None:
        """A code was scanned or typed, and judged. Needs the transaction of the verdict."""
        if not scan.payable:
            return
        self._store.codes.mark_seen(scan.token, typed=scan.typed)
        if verdict.allowed:
            code = ScannedCode(scan.token, scan.scheme or "", scan.masked, scan.typed)
            self._desk.put_code(code, Source.APP if scan.typed else Source.SCAN)
        self._count_rescan(request, verdict)

    def charged(self, intent: Intent, request: Request, verdict: Verdict, phase: Phase) -> None:
        """A charge was judged. Needs the transaction of the verdict."""
        if intent.payer_token is None:
            return
        if phase is Phase.RESERVED:
            self._store.codes.mark_used(intent.payer_token)
            self._desk.drop_code()
        self._count_rescan(request, verdict)

    def _count_rescan(self, request: Request, verdict: Verdict) -> None:
        sent_back = any(
            finding.rule == code_typed.ID and finding.inputs.get(code_typed.RESCAN) is True
            for finding in verdict.findings
        )
        if sent_back:
            order = request.context.order
            self._desk.count_rescan(None if order is None else order.value.key)
