"""Pages in one headless Chromium, run by ``web/bench/swarm.ts`` in a Node.js process, for the benchmarks."""

import asyncio
import json
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

WEB: Final = Path(__file__).parents[2] / "web"
COMMAND_SECONDS_MAX: Final = 240
"""A page that has not answered by then never will."""
STOP_SECONDS_MAX: Final = 10
LINE_BYTES_MAX: Final = 1_048_576


class Browser:
    """Runs commands in pages; each page is opened when it is first named."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._calls = 0

    async def call(self, page: str, command: str, **argument: object) -> Any:
        """Run *command* in *page* and give its value.

        Raises:
            RuntimeError: the page refused.
            TimeoutError: it took more than `COMMAND_SECONDS_MAX`.

        """
        self._calls += 1
        line = {"id": self._calls, "page": page, "command": command, "argument": argument}
        answer = self._answers[self._calls] = asyncio.get_running_loop().create_future()
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(line).encode() + b"\n")
        async with asyncio.timeout(COMMAND_SECONDS_MAX):
            return await answer

    async def listen(self) -> None:
        """Take the answers, until the process ends."""
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            told = json.loads(line)
            answer = self._answers.pop(told["id"])
            if answer.cancelled():
                continue
            if "error" in told:
                answer.set_exception(RuntimeError(told["error"]))
            else:
                answer.set_result(told["value"])
        for answer in self._answers.values():
            answer.set_exception(RuntimeError("the browser ended"))


@asynccontextmanager
async def open_browser() -> AsyncIterator[Browser]:
    """Run Chromium for the length of the block."""
    command = [str(WEB / "node_modules" / ".bin" / "tsx"), "bench/swarm.ts"]
    process = await asyncio.create_subprocess_exec(*command, cwd=WEB, stdin=PIPE, stdout=PIPE, limit=LINE_BYTES_MAX)
    browser = Browser(process)
    listening = asyncio.create_task(browser.listen(), name="browser")
    try:
        yield browser
    finally:
        assert process.stdin is not None
        # The end of its standard input asks it to close Chromium and go.
        process.stdin.close()
        try:
            async with asyncio.timeout(STOP_SECONDS_MAX):
                await process.wait()
        except TimeoutError:
            process.kill()
        listening.cancel()
        await asyncio.wait([listening])
