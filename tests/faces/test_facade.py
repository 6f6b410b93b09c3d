"""One room as its faces show it."""

import asyncio
import json
import random

from peerset.core.limits import EVENTS_BUFFERED_MAX
from peerset.core.record import Record, event_of
from peerset.errors import StoreError
from peerset.faces.facade import Facade, Fate, Outcome, text_of
from peerset.faces.filters import read_filter
from peerset.faces.limits import FaceLimits
from peerset.protocol.events import RecordsAdded
from peerset.room.room import Room
from tests.faces.conftest import joined, written
from tests.interop.random_events import record_of

LIMITS = FaceLimits()


class Reader:
    """Follows, and keeps what it is told."""

    def __init__(self) -> None:
        self.contents: list[str] = []
        self.misses = 0

    def added(self, record: Record, text: str) -> None:
        assert record.id.hex() in text
        self.contents.append(record.content)

    def missed(self) -> None:
        self.misses += 1


async def read(facade: Facade, given: dict[str, object], **options: int) -> list[str]:
    pages = facade.pages(read_filter(given, LIMITS), **options)
    return [record.content async for page in pages for record in page]


async def test_what_many_bring_at_once_is_told_one_by_one() -> None:
    async with joined() as room:
        facade = Facade(room, LIMITS)
        records = [written(room, f"{number}") for number in range(40)]
        fates = await asyncio.gather(*map(facade.bring, [*records, *records[:3]]))
        assert fates == [Fate(Outcome.TAKEN)] * 43
        assert (await facade.bring(records[0])).outcome is Outcome.KNOWN
        await facade.aclose()
        assert (await facade.bring(records[0])).outcome is Outcome.FAILED


async def test_pages_give_all_that_readers_see_newest_first() -> None:
    async with joined() as room:
        facade = Facade(room, LIMITS)
        await room.add(written(room, f"{number}", at=-number) for number in range(300))
        assert await read(facade, {"limit": 290}) == [f"{number}" for number in range(290)]
        assert len(await read(facade, {}, count_max=299)) == 299
        assert await read(facade, {"search": "299"}) == ["299"]
        narrow = Facade(room, FaceLimits(records_searched=200))
        assert await read(narrow, {"search": "299"}) == []
        await narrow.aclose()
        await facade.aclose()


async def test_who_reads_more_than_may_be_read_waits_and_gets_all() -> None:
    async with joined() as room:
        facade = Facade(room, FaceLimits(records_read_per_second=100, records_read_burst=200))
        await room.add(written(room, f"{number}", at=-number) for number in range(300))
        began = asyncio.get_running_loop().time()
        assert len(await read(facade, {})) == 300
        assert await read(facade, {"search": "300"}) == []
        assert 4 <= asyncio.get_running_loop().time() - began < 10
        await facade.aclose()


async def test_who_follows_hears_of_what_is_new_until_it_stops() -> None:
    async with joined() as room:
        facade, reader = Facade(room, LIMITS), Reader()
        stop = facade.follow(reader)
        await room.publish("one")
        await asyncio.sleep(1)
        stop()
        await room.publish("two")
        await asyncio.sleep(1)
        assert (reader.contents, reader.misses) == (["one"], 0)
        await facade.aclose()


async def test_who_cannot_be_told_of_all_is_told_so() -> None:
    async with joined() as room:
        facade, reader = Facade(room, LIMITS), Reader()
        facade.follow(reader)
        record = written(room, "hello")
        room._audience.take(RecordsAdded(tuple((record, None) for _ in range(EVENTS_BUFFERED_MAX + 5))))
        await asyncio.sleep(1)
        assert (len(reader.contents), reader.misses) == (EVENTS_BUFFERED_MAX, 1)
        await facade.aclose()


async def test_a_disk_that_is_full_refuses_nothing_for_good() -> None:
    async with joined() as room:
        facade = Facade(room, LIMITS)
        fate = asyncio.create_task(facade.bring(written(room, "hello")), name="bringing")
        original, room.add = room.add, _fail  # type: ignore[method-assign]  # a disk that is full
        assert (await fate) == Fate(Outcome.FAILED, "the disk is full")
        room.add = original  # type: ignore[method-assign]
        assert (await facade.bring(written(room, "hello"))).outcome is Outcome.TAKEN
        await facade.aclose()


async def _fail(records: object) -> int:
    raise StoreError("the disk is full")


async def test_what_waits_when_the_room_ends_is_told_so() -> None:
    async with joined() as room:
        facade = Facade(room, LIMITS)
        assert isinstance(room, Room)
        bringing = asyncio.create_task(facade.bring(written(room, "hello")), name="bringing")
        await room.leave()
        assert (await bringing).outcome in (Outcome.FAILED, Outcome.TAKEN)
        await facade.aclose()


def test_a_record_is_said_as_the_event_that_it_is() -> None:
    rng = random.Random(1)
    for record in (record_of(rng) for _ in range(50)):
        assert json.loads(text_of(record)) == event_of(record)
