"""One job of a queue: sent once, judged by the guard, proved by the printer, told as it is.

Printed, not printed, or unknown; and unknown is held for a person, never printed again unasked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from pos_guard.cups import report as tell
from pos_guard.cups.document import Document
from pos_guard.cups.link import BackChannel, LinkConnection
from pos_guard.cups.questions import Questions
from pos_guard.cups.report import Exit, Reporter
from pos_guard.cups.target import Target
from pos_guard.errors import NotPermittedError, PortError
from pos_guard.frames.escpos_status import PrinterStatus
from pos_guard.model import Words

POLL_SECONDS = 1.0
"""How often a printer is asked what keeps it: a cashier who shuts the cover notices no pause."""

SETTLE_SECONDS = 2.0
"""After a refusal: time for the slip, or for the next receipt of the same job."""

_EMPTY = Words("打印任务是空的。", "The job is empty: nothing to print.")
_CONNECTING = Words("正在连接 pos-guard。", "Connecting to pos-guard.")
_NO_GUARD = Words(
    "连不上 pos-guard，没有打印。请检查 pos-guard 是否在运行。",
    "pos-guard does not answer: nothing was printed. Check that it runs.",
)
_NOT_READY = Words(
    "打印机没有准备好，没有打印。请检查电源、纸和上盖。",
    "The printer is not ready: nothing was printed. Check power, paper and cover.",
)
_SENDING = Words("正在打印。", "Printing.")
_CUT_SHORT = Words(
    "打印数据不完整。请看小票是否完整，再决定是否重打。",
    "The job ends within a command. Look at the paper before you print it again.",
)
_AWAY = Words(
    "打印机未连接，没有全部打印。请看小票再决定是否重打。",
    "The printer was away: not all was printed. Look at the paper before you print again.",
)
_UNKNOWN = Words(
    "不知道是否打印完。请看小票再决定是否重打。",
    "It is not known whether all was printed. Look at the paper before you print again.",
)
_UNPROVED = Words(
    "已交给打印机；这台打印机不会回报是否打完。",
    "Handed over; this printer cannot say whether it has printed.",
)
_STOPPED = Words("任务已取消，没有打印。", "Cancelled: nothing was printed.")
_STOPPED_LATE = Words(
    "任务已取消，但数据已交出，可能会打印。",
    "Cancelled after it was handed over: it may be printed.",
)


class PrintJob:
    """Prints one document. ``status`` is what the printer has said last."""

    def __init__(self, target: Target, report: Reporter, back_channel: BackChannel) -> None:
        self.status = PrinterStatus()
        self.connected = False
        self._target = target
        self._report = report
        self._back_channel = back_channel
        self._link: LinkConnection | None = None
        self._questions = Questions(china=target.china)
        self._sent = False

    async def run(self, document: Document) -> Exit:
        """Print all copies; returns when the outcome is known, or known to be unknown.

        :raises NotPermittedError: when this user may not use the guard's sockets.
        """
        try:
            return await self._copies(document)
        except PortError as error:
            self._report.debug(str(error))
            return await self._conclude(proved=False) if self._sent else self._fail(_NO_GUARD)
        except asyncio.CancelledError:
            self._report.error(_STOPPED_LATE if self._sent else _STOPPED)
            return Exit.CANCEL
        finally:
            self.connected = False
            if self._link is not None:
                await self._link.close()

    async def _copies(self, document: Document) -> Exit:
        for number in range(1, document.copies + 1):
            pieces = 0
            async for piece in document.pieces():
                pieces += 1
                if self._link is None and not await self._begin():
                    return Exit.FAILED
                await self._send(piece)
            if pieces == 0:
                self._report.info(_EMPTY)
                return Exit.OK
            outcome = await self._conclude(proved=await self._prove())
            if outcome is not Exit.OK:
                return outcome
            self._report.page(number)
        return Exit.OK

    # -- before ------------------------------------------------------------------------------

    async def _begin(self) -> bool:
        """Connect, and wait for the printer. False: nothing was sent, and the words are said."""
        deadline = self._now() + self._target.wait_s
        link = await self._connect(deadline)
        if link is None:
            self._fail(_NO_GUARD)
            return False
        self._link, self.connected = link, True
        if self._target.proof != "none" and not await self._until_ready(link, deadline):
            self._fail(_NOT_READY)
            return False
        self._report.info(_SENDING)
        return True

    async def _connect(self, deadline: float) -> LinkConnection | None:
        while True:
            link = LinkConnection(self._target, self._back_channel)
            try:
                await link.open()
            except PortError as error:
                self._report.debug(str(error))
                await link.close()
                if isinstance(error.__cause__, PermissionError):
                    words = "run this backend as root (mode 0700), or in the daemon's group"
                    raise NotPermittedError(f"{error}: {words}") from error
            except asyncio.CancelledError:
                await link.close()
                raise
            else:
                return link
            self._report.reasons({tell.CONNECTING})
            self._report.info(_CONNECTING)
            if self._now() >= deadline:
                return None
            await link.change(POLL_SECONDS)

    async def _until_ready(self, link: LinkConnection, deadline: float) -> bool:
        while (await self._look(link)).ready is not True:
            if self._now() >= deadline:
                return False
            await link.change(POLL_SECONDS)
        return True

    async def _look(self, link: LinkConnection) -> PrinterStatus:
        self.status = await link.ask_status()
        self._report.reasons(_reasons(self.status))
        return self.status

    # -- the job and its proof ---------------------------------------------------------------

    async def _send(self, piece: bytes) -> None:
        link = self._connection
        self._questions.feed(piece)
        self._sent = True
        try:
            async with asyncio.timeout(self._target.wait_s + self._target.hold_s):
                await link.send(piece)
        except TimeoutError as error:
            raise PortError("the link takes nothing any more") from error

    async def _prove(self) -> bool:
        """Whether the printer has said that it came to the end of what was sent."""
        link = self._connection
        cut_short = self._questions.cut_short
        deadline = self._now() + self._target.wait_s + self._target.hold_s
        if self._target.proof == "none" or cut_short:
            if cut_short:
                self._report.warning(_CUT_SHORT)
            return await self._hand_over(link, deadline) and not cut_short
        await link.ask_proof(self._questions.asked)
        self._questions.forget()
        while not link.proved:
            events = link.events
            if events.refused:
                deadline = min(deadline, self._now() + SETTLE_SECONDS)
            if link.closed or events.device_lost or events.over or self._now() >= deadline:
                return False
            if not await link.change(POLL_SECONDS):
                await self._look(link)
        # The last line may still be on its way when GS r is answered; a process id comes later.
        ready = (await self._look(link)).ready
        return self._target.proof == "process-id" or ready is True

    async def _hand_over(self, link: LinkConnection, deadline: float) -> bool:
        """Hang up, which for the link is the end of the job; whether it has taken everything."""
        await link.close()
        while not link.events.left:
            if link.events.over or self._now() >= deadline:
                return False
            await link.change(POLL_SECONDS)
        return True

    async def _conclude(self, *, proved: bool) -> Exit:
        """What became of it, in the words of whoever knows best."""
        events = self._connection.events
        try:
            await events.settle()
        except PortError as error:
            self._report.debug(str(error))
            proved = False
        self._warn(events.warned)
        if events.refused:
            for say in events.refused:
                self._report.error(say)
            return Exit.CANCEL
        if events.unprinted:
            return self._fail(_AWAY, Exit.HOLD)
        if not proved:
            return self._fail(_UNKNOWN, Exit.HOLD)
        if self._target.proof == "none":
            self._report.info(_UNPROVED)
        return Exit.OK

    @property
    def _connection(self) -> LinkConnection:
        if self._link is None:
            raise PortError("not connected")
        return self._link

    def _warn(self, warnings: Iterable[Words]) -> None:
        for say in warnings:
            self._report.warning(say)

    def _fail(self, say: Words, code: Exit = Exit.FAILED) -> Exit:
        self._report.error(say)
        return code

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


def _reasons(status: PrinterStatus) -> set[str]:
    if status.online is None:
        return {tell.OFFLINE}
    found: set[str] = set()
    if status.paper is False:
        found.add(tell.PAPER_END)
    elif status.near_end:
        found.add(tell.NEAR_END)
    if status.cover_open:
        found.add(tell.COVER)
    if status.error:
        found.add(tell.FAULT)
    return found or (set() if status.ready else {tell.OFFLINE})
