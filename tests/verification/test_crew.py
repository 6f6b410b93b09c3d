"""When processes check signatures, when threads do, and what happens when processes cannot be had."""

import asyncio
import sys

import pytest

from peerset.verification import crew as crews
from peerset.verification.crew import BULK_RECORDS, Crew
from tests.verification.test_verifier import with_forgeries

pytestmark = pytest.mark.real_time

ENOUGH = BULK_RECORDS // 100


async def busy(crew: Crew) -> None:
    """Let so many come that processes are started."""
    records, _ = with_forgeries(100)
    for _ in range(ENOUGH):
        assert await crew.check(records) is None
    assert crew._starting is not None
    await crew._starting


async def test_the_masses_are_checked_in_processes() -> None:
    crew = Crew(2)
    records, expected = with_forgeries(100)
    await busy(crew)
    assert await asyncio.gather(*(crew.check(records) for _ in range(4))) == [tuple(expected)] * 4
    await crew.aclose()
    assert await crew.check(records) is None


async def test_a_few_start_none() -> None:
    crew = Crew(1)
    records, _ = with_forgeries(100)
    for _ in range(ENOUGH - 1):
        assert await crew.check(records) is None
    assert crew._starting is None
    await crew.aclose()


async def test_what_is_no_signature_is_asked_elsewhere() -> None:
    crew = Crew(1)
    await busy(crew)
    records, _ = with_forgeries(1)
    object.__setattr__(records[0], "signature", b"")
    assert await crew.check(records) is None
    await crew.aclose()


async def test_after_one_has_died_threads_do_it() -> None:
    crew = Crew(1)
    await busy(crew)
    (checker,) = crew._checkers
    assert checker.transport is not None
    checker.transport.kill()
    await checker.gone
    records, _ = with_forgeries(100)
    for _ in range(2 * ENOUGH):
        assert await crew.check(records) is None
    assert crew._starting is None
    await crew.aclose()


async def test_one_that_cannot_be_started_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    crew = Crew(1)
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    await busy(crew)
    assert await crew.check(with_forgeries(100)[0]) is None
    assert crew._starting is None
    await crew.aclose()


async def test_they_end_when_nothing_comes_and_begin_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crews, "REST_SECONDS", 0.05)
    crew = Crew(1)
    await busy(crew)
    (checker,) = crew._checkers
    await checker.gone
    monkeypatch.setattr(crews, "REST_SECONDS", 60.0)
    await busy(crew)
    assert await crew.check(with_forgeries(100)[0]) is not None
    await crew.aclose()


async def test_where_there_is_one_processor_there_are_none() -> None:
    crew = Crew(0)
    records, _ = with_forgeries(100)
    for _ in range(2 * ENOUGH):
        assert await crew.check(records) is None
    assert crew._starting is None
    await crew.aclose()
