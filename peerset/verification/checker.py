"""A process that checks signatures for this one, over pipes."""

import asyncio
import os
import sys
from collections import deque
from pathlib import Path
from typing import Final, cast

OWN_VARIABLES: Final = "PEERSET_"
"""Variables that begin so are ours, some of them secret."""
CODE: Final = "from peerset.verification.checking import main; main()"


class Checker(asyncio.SubprocessProtocol):
    """One process: it answers in the order in which it is asked. Make one with `start_checker`."""

    def __init__(self) -> None:
        self.transport: asyncio.SubprocessTransport | None = None
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done once the process has ended."""
        self.waiting = 0
        """Of how many signatures there is no answer yet."""
        self._is_closed = False
        self._asked: deque[tuple[int, asyncio.Future[bytes]]] = deque()
        self._said = bytearray()

    @property
    def is_open(self) -> bool:
        """It can be asked."""
        return self.transport is not None and not self.transport.is_closing()

    @property
    def has_failed(self) -> bool:
        """It ended without being told to."""
        return not self.is_open and not self._is_closed

    async def ask(self, question: bytes, count: int) -> bytes:
        """Give the answer to *question* about so many signatures.

        Raises:
            ConnectionError: the process has ended.

        """
        if self.transport is None or not self.is_open:
            raise ConnectionError("the process is gone")
        answered: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._asked.append((count, answered))
        self.waiting += count
        cast("asyncio.WriteTransport", self.transport.get_pipe_transport(0)).write(question)
        return await answered

    def close(self) -> None:
        """End the process; `gone` tells when it has."""
        self._is_closed = True
        if self.transport is not None:
            self.transport.close()

    # What asyncio tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Learn that the process was started."""
        # That of uvloop has its methods, and is none of its subclasses.
        self.transport = cast("asyncio.SubprocessTransport", transport)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Take what it says."""
        self._said += data
        while self._asked and len(self._said) >= self._asked[0][0]:
            count, answered = self._asked.popleft()
            self.waiting -= count
            if not answered.done():
                answered.set_result(bytes(self._said[:count]))
            del self._said[:count]

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        """Learn that it closed a pipe: it is of no use any more."""
        if self.transport is not None:
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Learn that it has ended, and all is closed."""
        for _, answered in self._asked:
            if not answered.done():
                answered.set_exception(ConnectionError("the process ended"))
        self._asked.clear()
        self.waiting = 0
        if not self.gone.done():
            self.gone.set_result(None)


async def start_checker() -> Checker:
    """Start a process.

    Raises:
        OSError: it cannot be started.
        NotImplementedError: this event loop starts none.

    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith(OWN_VARIABLES)}
    environment["PYTHONPATH"] = os.pathsep.join([path for path in sys.path if path])
    _, checker = await asyncio.get_running_loop().subprocess_exec(
        Checker,
        *(sys.executable, "-P", "-S", "-c", CODE),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=environment,
    )
    return checker


def can_start() -> bool:
    """Say whether what runs here is a Python that can be started once more, and no program that has one inside."""
    name = Path(sys.executable or "").name.lower()
    return name.startswith(("python", "pypy")) and not getattr(sys, "frozen", False)
