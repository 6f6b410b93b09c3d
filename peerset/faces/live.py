"""Records as they come, over HTTP: server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

import asyncio
from typing import Any, Final

from aiohttp import web

from peerset.core.record import Record, RecordId
from peerset.errors import PeersetError
from peerset.faces.facade import Facade, text_of
from peerset.faces.filters import Wanted
from peerset.faces.limits import FaceLimits
from peerset.faces.outlet import Outlet

PARTING_SECONDS_MAX: Final = 1.0


class LiveStream:
    """Tells what is *wanted* of *facade* on *response*, for as long as the client and the room are there."""

    def __init__(self, response: web.StreamResponse, facade: Facade, wanted: Wanted, *, limits: FaceLimits) -> None:
        self._facade, self._wanted, self._limits = facade, wanted, limits
        self._outlet = Outlet(_Sink(response), bytes_max=limits.unsent_bytes)
        self._sent = set[RecordId]()
        """What was sent of what was here; new ones among them are not sent again."""
        self._ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        """Tell until one of them goes; the client is told why, if it is still there.

        Raises:
            OSError: the client is gone, or does not read.

        """
        stop = self._facade.follow(self)
        works: set[asyncio.Future[Any]] = {
            asyncio.create_task(self._begin(), name="what is here, for a live query over HTTP"),
            asyncio.create_task(self._outlet.run(), name="sending a live query over HTTP"),
            asyncio.create_task(self._beat(), name="a sign of life of a live query over HTTP"),
        }
        try:
            await asyncio.wait({*works, self._ended}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stop()
            for work in works:
                work.cancel()
            await asyncio.wait(works)
        for work in works:
            error = None if work.cancelled() else work.exception()
            if error is not None:
                raise error
        if self._ended.done():
            self._outlet.put(_event("end", self._ended.result()))
            # Who does not read is not waited for (TimeoutError is an OSError).
            async with asyncio.timeout(PARTING_SECONDS_MAX):
                await self._outlet.flush()

    def added(self, record: Record, text: str) -> None:
        """Tell of *record*, if it is wanted."""
        if (
            self._wanted.matches(record)
            and record.id not in self._sent
            and not self._outlet.put(_event("record", text))
        ):
            self._end("you read too slowly")

    def missed(self) -> None:
        """End: more was new at once than could be told."""
        self._end("more was new at once than could be told; ask again")

    async def _begin(self) -> None:
        try:
            async for page in self._facade.pages(self._wanted):
                for record in page:
                    self._sent.add(record.id)
                    await self._outlet.give(_event("record", text_of(record)))
        except PeersetError as error:
            self._end(str(error))
        await self._outlet.give(_event("live", ""))
        await self._facade.ended.wait()
        self._end("the room was left; come back later")

    async def _beat(self) -> None:
        """Say something now and then: who is gone is found out, and what lies between keeps the connection."""
        while True:
            await asyncio.sleep(self._limits.heartbeat_seconds)
            self._outlet.put(":\n\n")

    def _end(self, reason: str) -> None:
        if not self._ended.done():
            self._ended.set_result(reason)


class _Sink:
    """Sends texts on a response."""

    def __init__(self, response: web.StreamResponse) -> None:
        self._response = response

    async def send_str(self, data: str, /) -> None:
        """Send *data*."""
        await self._response.write(data.encode())


def _event(name: str, text: str) -> str:
    # JSON has no line ends in it.
    return f"event: {name}\ndata: {text}\n\n"
