"""The program ``posguard``: finds printer links, or prints one job on one. See backend(7)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import stat
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from pos_guard.cups.document import Document, open_document
from pos_guard.cups.job import PrintJob
from pos_guard.cups.report import Exit, Reporter
from pos_guard.cups.side_channel import (
    DESCRIPTOR,
    Ask,
    Request,
    Requests,
    Status,
    answer,
    state_of,
)
from pos_guard.cups.target import SCHEME, Target, discovered, parse_target, settings_path
from pos_guard.errors import PortError, PosGuardError
from pos_guard.model import Words
from pos_guard.ports.aio import DescriptorStream

BACK_CHANNEL = 3
"""CUPS_BC_FD."""

DRAIN_SECONDS = 30.0
"""A filter that asks for this waits; longer than any receipt takes to the link."""


def main() -> None:
    """The console script; CUPS runs it under the device URI's name."""
    sys.exit(run(sys.argv, os.environ))


def run(argv: list[str], environment: Mapping[str, str]) -> int:
    """Find devices (no arguments) or print; the exit code for cupsd."""
    report = Reporter(sys.stderr, environment.get("LANG", ""))
    if len(argv) == 1:
        return _discover(report, environment)
    if len(argv) not in (6, 7):
        sys.stderr.write(f"usage: {SCHEME} job-id user title copies options [file]\n")
        return Exit.FAILED
    # Before anything is opened: a descriptor of ours must not be taken for CUPS' channel.
    channels = _Channels()
    try:
        target = parse_target(environment.get("DEVICE_URI") or argv[0], environment)
        return asyncio.run(_print(target, argv[1:], report, channels))
    except (PosGuardError, OSError) as error:
        report.error(Words(f"CUPS 队列设置有误：{error}", f"This queue cannot print: {error}"))
        return Exit.STOP


def _discover(report: Reporter, environment: Mapping[str, str]) -> int:
    path = settings_path(environment)
    try:
        for line in discovered(Path(path), usual=True):
            sys.stdout.write(line + "\n")
    except (PosGuardError, OSError) as error:
        report.debug(f"no printer links to list: {error}")
    return Exit.OK


class _Channels:
    """CUPS' back and side channel, where this process has them."""

    def __init__(self) -> None:
        self.back = _kind(BACK_CHANNEL) in (stat.S_IFIFO, stat.S_IFSOCK)
        self.side = _kind(DESCRIPTOR) == stat.S_IFSOCK

    def tell_filters(self, data: bytes) -> None:
        """What the printer said. A filter that does not read loses it; nothing waits for it."""
        if self.back:
            os.set_blocking(BACK_CHANNEL, False)
            with contextlib.suppress(OSError):
                os.write(BACK_CHANNEL, data)


def _kind(descriptor: int) -> int:
    try:
        return stat.S_IFMT(os.fstat(descriptor).st_mode)
    except OSError:
        return 0


async def _print(
    target: Target, arguments: list[str], report: Reporter, channels: _Channels
) -> Exit:
    document: Document = open_document(arguments, sys.stdin.fileno())
    job = PrintJob(target, report, channels.tell_filters)
    loop = asyncio.get_running_loop()
    printing = loop.create_task(job.run(document))
    loop.add_signal_handler(signal.SIGTERM, printing.cancel)
    answering = None
    if channels.side:
        answering = loop.create_task(_Side(target, job, document).serve())
    try:
        return await printing
    except asyncio.CancelledError:
        return Exit.CANCEL  # before it had begun
    finally:
        if answering is not None:
            answering.cancel()
            await asyncio.wait([answering])


class _Side:
    """Answers what filters ask."""

    def __init__(self, target: Target, job: PrintJob, document: Document) -> None:
        self._document = document
        self._facts: Mapping[int, Callable[[], bytes]] = {
            Ask.GET_BIDI: lambda: bytes((target.proof != "none",)),
            Ask.GET_DEVICE_ID: target.device_id.encode,
            Ask.GET_STATE: lambda: bytes((state_of(job.status),)),
            Ask.GET_CONNECTED: lambda: bytes((job.connected,)),
        }

    async def serve(self) -> None:
        """Until nobody can ask any more."""
        os.set_blocking(DESCRIPTOR, False)
        stream = DescriptorStream(DESCRIPTOR, lambda: None)
        requests = Requests()
        with contextlib.suppress(PortError):
            while data := await stream.receive():
                for request in requests.feed(data):
                    await stream.send(await self._answer(request))

    async def _answer(self, request: Request) -> bytes:
        command = request.command
        if command == Ask.DRAIN_OUTPUT:
            return answer(command, await self._drain())
        if command in self._facts:
            return answer(command, Status.OK, self._facts[command]())
        return answer(command, Status.NOT_IMPLEMENTED)

    async def _drain(self) -> Status:
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                await self._document.drained()
        except TimeoutError:
            return Status.TIMEOUT
        return Status.OK
