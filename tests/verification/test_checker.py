"""A process that checks signatures: it answers in order, and those that wait learn when it is gone."""

import asyncio
import sys
from pathlib import Path

import pytest

from peerset.verification.checker import can_start, start_checker
from peerset.verification.checking import question_of
from tests.protocol.pair import make_record
from tests.verification.test_checking import signed

pytestmark = pytest.mark.real_time


def question(*numbers: int) -> bytes:
    asked = question_of([signed(make_record(number)) for number in numbers])
    assert asked is not None
    return asked


async def test_it_answers_in_the_order_in_which_it_is_asked_and_ends_when_told() -> None:
    checker = await start_checker()
    good, (author, record_id, _) = question(1, 2), signed(make_record(3))
    forged = question_of([(author, record_id, bytes(64))]) or b""
    answers = await asyncio.gather(*(checker.ask(good, 2), checker.ask(forged, 1), checker.ask(good, 2)))
    assert [list(answer) for answer in answers] == [[1, 1], [0], [1, 1]]
    assert checker.is_open
    assert checker.waiting == 0
    checker.close()
    await checker.gone
    assert not checker.is_open
    with pytest.raises(ConnectionError):
        await checker.ask(good, 2)


def test_it_does_so_on_uvloop_as_well() -> None:
    uvloop = pytest.importorskip("uvloop")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(test_it_answers_in_the_order_in_which_it_is_asked_and_ends_when_told())
        runner.run(test_those_that_wait_learn_that_it_has_ended())


async def test_an_answer_that_nobody_waits_for_any_more_is_none_to_the_next_question() -> None:
    checker = await start_checker()
    given_up = asyncio.create_task(checker.ask(question(1), 1))
    await asyncio.sleep(0)
    given_up.cancel()
    assert list(await checker.ask(question(1, 2, 3), 3)) == [1, 1, 1]
    checker.close()
    await checker.gone


async def test_those_that_wait_learn_that_it_has_ended() -> None:
    checker = await start_checker()
    asking = asyncio.create_task(checker.ask(question(1)[:-1], 1))
    await asyncio.sleep(0)
    assert checker.transport is not None
    checker.transport.kill()
    with pytest.raises(ConnectionError):
        await asking
    await checker.gone
    assert checker.waiting == 0


async def test_it_knows_no_secrets_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEERSET_PASSWORD", "not to be seen")
    checker = await start_checker()
    assert checker.transport is not None
    environment = Path(f"/proc/{checker.transport.get_pid()}/environ")
    if environment.exists():
        assert b"PEERSET_PASSWORD" not in environment.read_bytes()
    assert list(await checker.ask(question(1), 1)) == [1]
    checker.close()
    await checker.gone


async def test_only_a_python_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    assert can_start()
    for program in ("/usr/sbin/uwsgi", "", None):
        monkeypatch.setattr(sys, "executable", program)
        assert not can_start()
    monkeypatch.setattr(sys, "executable", "python3")
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert not can_start()
