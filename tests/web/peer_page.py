"""Pages that run our TypeScript peer (`peer.mjs`), and what a test asks of them."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.record import Record, sign_record
from peerset.core.signal import PeerId, RoomName
from tests.interop.browser import TRYSTERO_PAGE, Page, connect, within
from tests.interop.python_peer import PythonPeer
from tests.patience import PATIENT_SECONDS

APP: Final = "peerset"
"""The application to which rooms belong unless they are told otherwise."""
ROOT: Final = Path(__file__).resolve().parents[2]
PEER_PAGE: Final = Path(__file__).with_name("peer.mjs")
SITE: Final = (
    PEER_PAGE,
    TRYSTERO_PAGE,
    *(TRYSTERO_PAGE.with_name(f"{way}_page.mjs") for way in ("mqtt", "nostr", "relay")),
    ROOT / "web" / "src" / "adapters" / "verify-worker.ts",
    ROOT / "web" / "node_modules" / "nostr-wasm" / "public" / "out" / "secp256k1.wasm",
)
"""What the pages of these tests consist of."""

UNREACHABLE: Final = re.compile(
    r"error: WebSocket connection to 'ws://\S+' failed: .*"
    r"|uncaught: (Firefox can.t establish a|The) connection to (the server at )?ws://\S+( was interrupted .*)?\.?"
)
"""What Chromium and Firefox themselves print when a tracker does not answer; no page can prevent it."""


class PeerPage(Page):
    """A page with one room of ours, once it has joined one."""

    @property
    def noise(self) -> list[str]:
        """Errors and warnings of the page that nobody expects: what it did not catch, and what it printed."""
        return [
            line for line in self.console if re.match("error|warning|uncaught", line) and not UNREACHABLE.match(line)
        ]

    async def enter(self, room: str, **options: object) -> None:
        """Join *room* with the *options* of `join` in TypeScript, and with its clocks *ahead* by so many seconds."""
        joined = await self.call("join", room=room, **options)
        self.id = PeerId(joined["peer"])
        self.key = str(joined["key"])

    async def reload(self) -> None:
        """Load the page anew: its room is gone, and so is what it told."""
        await self.call("reload")
        self.forget()

    async def publish(self, content: str) -> dict[str, Any]:
        """Publish a record and give it."""
        record: dict[str, Any] = await self.call("publish", content=content)
        return record

    async def contents(self) -> list[str]:
        """Give the contents of the room's records, sorted."""
        return sorted(record["content"] for record in await self.call("records"))

    async def status(self) -> dict[str, Any]:
        """Give the room's ``count``, ``root``, ``peers`` and ``signaling``."""
        status: dict[str, Any] = await self.call("status")
        return status

    async def until(self, what: str, holds: Callable[[dict[str, Any]], bool]) -> None:
        """Wait for *what*: that *holds* says yes of the room's status."""
        async with within(PATIENT_SECONDS, what, pages=[self]):
            while not holds(await self.status()):  # noqa: ASYNC110 - what is waited for tells nobody
                await asyncio.sleep(0.05)

    async def states(self) -> dict[str, str]:
        """Say how the session with each peer of the room stands."""
        return {peer["id"]: peer["state"] for peer in (await self.status())["peers"]}


@asynccontextmanager
async def peer_page(browser: int, *, host: str = "127.0.0.1", before: str = "") -> AsyncIterator[PeerPage]:
    """Open a page for the length of the block, which must pass without a word on its console.

    *host* gives it an origin of its own, such as ``small.localhost``; *before* is JavaScript that runs first.
    """
    async with connect(browser, PeerPage) as page:
        await page.call("open", page=PEER_PAGE.stem, host=host, before=before)
        yield page
        # Whoever answers this has told everything before.
        await page.call("open")
        assert not page.noise, page.noise


async def hold(peer: PythonPeer, count: int, *pages: PeerPage) -> None:
    """Wait until *peer* holds so many records."""
    stream = peer.room.events()
    async with within(PATIENT_SECONDS, f"{count} records at {peer.id:.8}", pages=pages):
        while peer.room.count != count:
            await anext(stream)


async def assert_equal_roots(page: PeerPage, peer: PythonPeer) -> None:
    """Compare the roots of the two."""
    # A root covers the window of its day: at midnight, one peer enters the next day before the other.
    before, root, after = peer.room.root.hex(), (await page.status())["root"], peer.room.root.hex()
    assert root in (before, after)


async def assert_alike(page: PeerPage, peer: PythonPeer) -> None:
    """Compare the roots of the two, and what their readers are given."""
    await assert_equal_roots(page, peer)
    assert await page.contents() == sorted(record.content for record in await peer.room.records())


def history(
    room: str, count: int, *, youngest_seconds: int = 600, every_seconds: int = 2_000, characters: int = 0
) -> Iterable[Record]:
    """Sign *count* records of *room*, the youngest so long ago, each with at least so many *characters*."""
    name = RoomName(APP, room)
    key = SecretKey(bytes(31) + b"\7")
    now = int(time.time()) - youngest_seconds
    for number in range(count):
        yield sign_record(
            key,
            created_at=UnixTime(now - number * every_seconds),
            kind=1078,
            tags=[["h", name.tag.hex()]],
            content=f"record {number} ".ljust(characters, "."),
        )
