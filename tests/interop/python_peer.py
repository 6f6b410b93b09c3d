"""Python peers that meet pages: rooms joined through the public API, and their events kept until a test asks."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final, TypeVar

import peerset
from tests.interop.browser import Page, within
from tests.patience import PATIENT_SECONDS

APP: Final = "interop"

Told = TypeVar("Told", bound=peerset.Event)


class PythonPeer:
    """A joined room and what happened in it; *pages* are named when a wait takes too long."""

    def __init__(self, room: peerset.Room, pages: tuple[Page, ...]) -> None:
        self.room = room
        self._pages = pages
        self._stream = room.events()
        self._kept: list[peerset.Event] = []

    @property
    def id(self) -> peerset.PeerId:
        """The peer id that pages see."""
        return self.room.peer_id

    @property
    def states(self) -> dict[peerset.PeerId, str]:
        """How the session with each peer of the room stands."""
        return {status.id: status.state for status in self.room.peers}

    async def next(self, kind: type[Told], **fields: object) -> Told:
        """Wait for an event of *kind* with these *fields*, take it out and give it; others stay for later."""
        what = f"{kind.__name__} with {fields} at {self.id:.8}, which has the peers {self.states}"
        async with within(PATIENT_SECONDS, what, pages=self._pages):
            while True:
                for number, event in enumerate(self._kept):
                    if isinstance(event, kind) and all(getattr(event, name) == fields[name] for name in fields):
                        del self._kept[number]
                        return event
                latest = await anext(self._stream)
                assert not isinstance(latest, peerset.Lagged)
                self._kept.append(latest)

    async def hear(self, page: Page, name: str) -> peerset.Action:
        """Wait for the action *name* of *page*."""
        while True:
            received = await self.next(peerset.ActionReceived, peer=page.id)
            if received.action.name == name:
                return received.action

    async def meet(self, page: Page) -> None:
        """Wait until the two can talk: the page is told of us, and its greeting has come."""
        await page.next("joined", peer=self.id)
        greeting = await self.hear(page, "chat")
        assert greeting == peerset.Action("chat", "hello from the page")


@asynccontextmanager
async def python_peer(
    room: str,
    *pages: Page,
    tracker: str | Sequence[str],
    app: str = APP,
    key: peerset.SecretKey | None = None,
    password: str = "",
    phases: str | None = None,
    host: peerset.Host | None = None,
) -> AsyncIterator[PythonPeer]:
    """Join *room* for the length of the block, as a peer of its own."""
    joining = peerset.join(
        room,
        app=app,
        key=key,
        signaling=[tracker] if isinstance(tracker, str) else tracker,
        password=password,
        phases=phases,
        ice_servers=[],
        allow_loopback=True,
        host=host or peerset.Host(),
    )
    async with joining as joined:
        yield PythonPeer(joined, pages)
