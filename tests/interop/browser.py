"""Pages in one headless browser, which `browser.mjs` runs in a Node.js process; by default those of real Trystero."""

import asyncio
import base64
import json
import select
import subprocess
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, Final, Self, TypeVar

from peerset.core.signal import PeerId
from tests.patience import PATIENT_SECONDS

HERE: Final = Path(__file__).parent
TRYSTERO_PAGE: Final = HERE / "page.mjs"
BROWSERS: Final = ("chromium", "firefox")
"""By the names under which `browsers.mjs` has them."""
LINE_BYTES_MAX: Final = 8 * 2**20
HISTORY_SHOWN: Final = 40


@contextmanager
def run_browser(name: str, folder: Path, *, site: Sequence[Path] = (TRYSTERO_PAGE,)) -> Iterator[int]:
    """Run one of `BROWSERS` for the length of the block, with all its files in *folder*; give the port for `open_page`.

    *site* are the scripts of pages, and what they load.
    """
    assert (HERE / "node_modules").is_dir(), "run `npm ci --prefix tests/interop` first (make test does)"
    command = ["node", str(HERE / "browser.mjs"), name, str(folder), *map(str, site)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            yield _read_port(process)
            # The end of its standard input asks it to close the browser and go.
            process.communicate(timeout=PATIENT_SECONDS)
        finally:
            process.kill()


def _read_port(process: "subprocess.Popen[bytes]") -> int:
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], PATIENT_SECONDS)
    line = process.stdout.readline() if ready else b""
    assert line, f"no browser within {PATIENT_SECONDS} s; what browser.mjs wrote stands on stderr"
    return int(json.loads(line)["port"])


class Browsers:
    """Browsers that have one *site*, with all their files in *folder*; each is started when it is first asked for."""

    def __init__(self, folder: Path, *, site: Sequence[Path] = (TRYSTERO_PAGE,)) -> None:
        self._folder = folder
        self._site = site
        self._ports: dict[str, int] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def port(self, name: str) -> int:
        """Give the port on which pages are opened in the browser *name*."""
        if name not in self._ports:
            folder = self._folder / name
            folder.mkdir()
            self._ports[name] = self._stack.enter_context(run_browser(name, folder, site=self._site))
        return self._ports[name]


AnyPage = TypeVar("AnyPage", bound="Page")


class Page:
    """One page, in its own tab. What it tells is kept until a test asks for it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.id = PeerId("")
        """Trystero's peer id, which lasts until the page is loaded anew."""
        self._reader = reader
        self._writer = writer
        self._events: list[dict[str, Any]] = []
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._told = asyncio.Event()
        self._history: list[str] = []
        self._calls = 0
        self.console: list[str] = []
        """What it wrote to its console, and what it did not catch, each beginning with its level."""

    @property
    def story(self) -> str:
        """What the page did and wrote to its console lately, for people."""
        return "\n".join(f"  page {self.id:.8} {line:.300}" for line in self._history[-HISTORY_SHOWN:])

    async def call(self, command: str, **argument: object) -> Any:
        """Run *command* of the page's script and give its value."""
        self._calls += 1
        number = self._calls
        self._answers[number] = asyncio.get_running_loop().create_future()
        self._note(f"> {command} {json.dumps(argument)}")
        self._writer.write(json.dumps({"id": number, "command": command, "argument": argument}).encode() + b"\n")
        async with within(PATIENT_SECONDS, f"the page's answer to {command!r}", pages=[self]):
            return await self._answers[number]

    async def join(self, room: str, *, app: str, tracker: str, password: str = "") -> None:
        """Join a room and wait until the tracker knows of it."""
        await self.call("join", room=room, app=app, tracker=tracker, password=password)
        await self.next("announced", room=room)

    async def send(self, room: str, action: str, payload: object, **options: object) -> None:
        """Send an action; *options* are Trystero's ``to`` and ``metadata``."""
        await self.call("send", room=room, action=action, **_pack(payload), **options)

    async def reload(self) -> None:
        """Load the page anew: its connections and rooms are gone, and it has a new id."""
        await self.call("reload")
        self.id = PeerId(await self.call("id"))

    async def next(self, event: str, **fields: object) -> dict[str, Any]:
        """Wait for an event with these *fields*, take it out and give it; others stay for later."""
        wanted = {"event": event, **fields}
        async with within(PATIENT_SECONDS, f"the page's {wanted}", pages=[self]):
            while True:
                for number, told in enumerate(self._events):
                    if wanted.items() <= told.items():
                        return _unpack(self._events.pop(number))
                self._told.clear()
                await self._told.wait()

    def forget(self) -> None:
        """Drop the events that nobody asked for."""
        self._events.clear()

    def has_told(self, event: str, **fields: object) -> bool:
        """Say whether an event with these *fields* waits to be asked for."""
        wanted = {"event": event, **fields}
        return any(wanted.items() <= told.items() for told in self._events)

    async def listen(self) -> None:
        """Take what the page tells, until its connection ends."""
        async for line in self._reader:
            told = json.loads(line)
            self._note(f"< {line.decode().rstrip()}")
            if "console" in told:
                self.console.append(told["console"])
            elif "event" in told:
                self._events.append(told)
                self._told.set()
            elif (answer := self._answers.pop(told["id"])).cancelled():
                continue
            elif "error" in told:
                answer.set_exception(AssertionError(f"{told['error']}\n{self.story}"))
            else:
                answer.set_result(told["value"])

    def _note(self, line: str) -> None:
        self._history.append(line)


@asynccontextmanager
async def open_page(port: int, name: str = TRYSTERO_PAGE.stem) -> AsyncIterator[Page]:
    """Open the page *name* of Trystero for the length of the block."""
    async with connect(port, Page) as page:
        await page.call("open", page=name)
        page.id = PeerId(await page.call("id"))
        yield page


@asynccontextmanager
async def connect(port: int, kind: type[AnyPage]) -> AsyncIterator[AnyPage]:
    """Connect to a browser for a page of *kind*, which is to be opened first; it is closed when the block ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=LINE_BYTES_MAX)
    page = kind(reader, writer)
    listening = asyncio.create_task(page.listen(), name="page")
    try:
        yield page
    finally:
        listening.cancel()
        await asyncio.wait([listening])
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


@asynccontextmanager
async def within(seconds: float, what: str, *, pages: Sequence[Page] = ()) -> AsyncIterator[None]:
    """Bound the block; when time is up, the failure says *what* was awaited and what the *pages* did.

    Raises:
        AssertionError: *seconds* have passed.

    """
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        stories = "\n".join(page.story for page in pages)
        raise AssertionError(f"{what}: not within {seconds} s\n{stories}") from error


def _pack(payload: object) -> dict[str, object]:
    if isinstance(payload, bytes):
        return {"bytes": base64.b64encode(payload).decode()}
    return {"json": payload}


def _unpack(told: dict[str, Any]) -> dict[str, Any]:
    payload = {"payload": base64.b64decode(told["bytes"])} if "bytes" in told else {}
    payload |= {"payload": told["json"]} if "json" in told else {}
    return told | payload
