"""A demo peer's process, as its parent sees it: started, listened to, given orders, and ended for certain."""

import asyncio
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from peerset.demo.report import ORDER_IDS, ORDER_LEAVE, Failed, Ids, Refused, Status, decode
from peerset.errors import PeersetError, RemoteProtocolError

LINE_BYTES_MAX: Final = 2**26
LEAVE_TIMEOUT_SECONDS: Final = 5.0
LOG_LINES_SHOWN: Final = 5


class DemoError(PeersetError):
    """The demo did not converge."""


class Child:
    """One peer's process; `status` is its last word, `failure` says why it cannot go on."""

    def __init__(
        self, number: int, *, process: asyncio.subprocess.Process, log: Path, on_change: Callable[[], None]
    ) -> None:
        self.number = number
        self.status: Status | None = None
        self.refusal: Refused | None = None
        """What it tried to publish against the rules, and why it could not."""
        self.failure: str | None = None
        self._process = process
        self._stdout = process.stdout or asyncio.StreamReader()
        self._log = log
        self._on_change = on_change
        self._ids: asyncio.Future[tuple[str, ...]] | None = None
        self._listening = asyncio.create_task(self._listen(), name=f"demo peer {number}")

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    async def ids(self) -> tuple[str, ...]:
        """Ask for every record id the peer's store holds, in hex, in order.

        Raises:
            DemoError: the peer ends instead of answering.

        """
        self._ids = asyncio.get_running_loop().create_future()
        self._order(ORDER_IDS)
        return await self._ids

    async def end(self) -> None:
        """Let the peer leave; kill it when it has not ended after 5 seconds."""
        self._order(ORDER_LEAVE)
        for force in (self._process.terminate, self._process.kill):
            with suppress(TimeoutError):
                async with asyncio.timeout(LEAVE_TIMEOUT_SECONDS):
                    await self._process.wait()
            if self._process.returncode is not None:
                break
            with suppress(ProcessLookupError):
                force()
        await self._process.wait()
        await asyncio.wait([self._listening])

    def _order(self, order: str) -> None:
        pipe = self._process.stdin
        if pipe is not None and not pipe.is_closing():
            pipe.write(f"{order}\n".encode())

    async def _listen(self) -> None:
        try:
            async for line in self._stdout:
                self._take(line)
        except (RemoteProtocolError, ValueError) as error:
            self.failure = str(error)
        code = await self._process.wait()
        self.failure = self.failure or f"ended with exit code {code}: {self._last_words()}"
        if self._ids is not None and not self._ids.done():
            self._ids.set_exception(DemoError(f"peer {self.number} {self.failure}"))
        self._on_change()

    def _take(self, line: bytes) -> None:
        match decode(line):
            case Status() as status:
                self.status = status
            case Ids(ids):
                if self._ids is not None and not self._ids.done():
                    self._ids.set_result(ids)
            case Refused() as refusal:
                self.refusal = refusal
            case Failed(reason):
                self.failure = f"failed: {reason}"
        self._on_change()

    def _last_words(self) -> str:
        lines = self._log.read_text("utf-8", errors="replace").splitlines()
        return " / ".join(lines[-LOG_LINES_SHOWN:]) or "it said nothing"


async def start_child(number: int, *, command: Sequence[str], log: Path, on_change: Callable[[], None]) -> Child:
    """Start *command* in a session of its own, so that Ctrl-C reaches its parent alone; its stderr goes to *log*."""
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            limit=LINE_BYTES_MAX,
            start_new_session=sys.platform != "win32",
        )
    return Child(number, process=process, log=log, on_change=on_change)
