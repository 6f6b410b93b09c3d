"""A process that reads days of an archive for us: a file that ends it costs nothing but that day."""

import asyncio
import json
import os
import sys
from collections.abc import Callable
from typing import Any, Final

from peerset.archive import reading
from peerset.errors import ArchiveError, StoreError

CODE: Final = f"from {reading.__name__} import main; main()"
OWN_VARIABLES: Final = "PEERSET_"
"""Variables that begin so are ours, some of them secret."""
LINE_BYTES_MAX: Final = 65_536

Tell = Callable[[int], None]
"""Is told how many records more were read."""


class Reader:
    """One process (`peerset.archive.reading`), started when it is first asked; it answers one question at a time."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None

    async def ask(self, question: dict[str, object], tell: Tell) -> dict[str, Any]:
        """Give the answer to *question*.

        Raises:
            ArchiveError: the process ended over it.
            StoreError: none can be started.

        """
        process = self._process or await self._start()
        told = 0
        if process.stdin is None or process.stdout is None:
            raise StoreError("a process that reads archives has no pipes")
        process.stdin.write(json.dumps(question).encode() + b"\n")
        while line := await process.stdout.readline():
            said: dict[str, Any] = json.loads(line)
            if "read" not in said:
                return said
            tell(said["read"] - told)
            told = said["read"]
        self._process = None
        code = await process.wait()
        raise ArchiveError(f"the process that read it ended with {code}: it is damaged, or takes too much memory")

    async def aclose(self) -> None:
        """End the process."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.communicate()

    async def _start(self) -> asyncio.subprocess.Process:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(OWN_VARIABLES)}
        # The other ones reserve a gigabyte before they give a byte.
        environment["ARROW_DEFAULT_MEMORY_POOL"] = "system"
        environment["PYTHONPATH"] = os.pathsep.join([path for path in sys.path if path])
        try:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-S", "-c", CODE),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env=environment,
                limit=LINE_BYTES_MAX,
            )
        except OSError as error:
            raise StoreError(f"no process can be started that reads archives: {error}") from error
        return self._process
