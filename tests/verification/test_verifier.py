"""Signatures checked off the event loop."""

import asyncio
import threading

import pytest

from peerset.core.record import Record
from peerset.verification import crew as crews
from peerset.verification.crew import BULK_RECORDS, Crew
from peerset.verification.verifier import INLINE_RECORDS_MAX, Verifier
from tests.protocol.pair import make_record


def with_forgeries(count: int) -> tuple[list[Record], list[bool]]:
    records = [make_record(number) for number in range(count)]
    for at in range(0, count, 7):
        good = records[at]
        fields = (good.id, good.author, good.created_at, good.kind, good.tags, good.content)
        records[at] = Record(*fields, good.signature[::-1], good.wire)
    return records, [at % 7 != 0 for at in range(count)]


async def test_a_few_are_checked_at_once() -> None:
    verifier = Verifier()
    records, expected = with_forgeries(INLINE_RECORDS_MAX)
    assert list(await verifier.verify(records)) == expected
    assert not any(thread.name.startswith("peerset-verify") for thread in threading.enumerate())
    await verifier.aclose()


@pytest.mark.real_time
async def test_many_are_checked_in_threads_and_keep_their_order() -> None:
    verifier = Verifier()
    records, expected = with_forgeries(300)
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0)

    ticking = asyncio.create_task(tick())
    assert list(await verifier.verify(records)) == expected
    ticking.cancel()
    assert ticks > 1
    await verifier.aclose()


async def test_nothing_is_checked_as_nothing() -> None:
    assert await Verifier().verify([]) == ()


@pytest.mark.real_time
async def test_masses_are_checked_in_processes_and_keep_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crews, "REST_SECONDS", 60.0)
    crew = Crew(1)
    verifier = Verifier(crew=crew)
    records, expected = with_forgeries(BULK_RECORDS)
    assert list(await verifier.verify(records)) == expected
    if crew._starting is not None:
        await crew._starting
    assert list(await verifier.verify(records)) == expected
    assert (await crew.check(records[:1])) == (False,)
    await verifier.aclose()


@pytest.mark.real_time
async def test_rooms_of_a_loop_share_the_processes_until_the_last_has_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crews, "REST_SECONDS", 60.0)
    monkeypatch.setattr(crews, "count_processors", lambda: 2)
    one, other = Verifier(), Verifier()
    records, expected = with_forgeries(BULK_RECORDS)
    for verifier in (one, other, one):
        assert list(await verifier.verify(records)) == expected
    crew = Crew.shared()
    if crew._starting is not None:
        await crew._starting
    (checker,) = crew._checkers
    await crew.aclose()
    await one.aclose()
    assert checker.is_open
    assert await crew.check(records[:1]) == (False,)
    await other.aclose()
    assert checker.gone.done()
    assert Crew.shared() is not crew
