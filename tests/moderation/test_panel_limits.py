"""The panel's limits of time: who waits is not late, who keeps a limit is given it, and all are closed."""

import asyncio
import logging
import threading
from collections.abc import Sequence

import pytest

import peerset
from peerset.core.record import Record
from peerset.core.verdict import Accept, Verdict
from peerset.moderation import panel as panel_module
from peerset.moderation.panel import Panel, close_policies
from tests.protocol.pair import make_record

pytestmark = pytest.mark.real_time

RECORDS = [make_record(number) for number in range(2)]


class Calm:
    """Accepts everything."""

    policy_class = peerset.PolicyClass.VIEW

    def __init__(self, name: str) -> None:
        self.name = name
        self.manifest = peerset.Manifest(name, 1)

    def judge(self, records: Sequence[Record]) -> Sequence[Verdict]:
        return [Accept()] * len(records)


class Slow(Calm):
    """Takes until its test lets it go, and has said that it may."""

    timeout_seconds = 50.0

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.may_end = threading.Event()

    def judge(self, records: Sequence[Record]) -> Sequence[Verdict]:
        self.may_end.wait()
        return super().judge(records)


class Closing(Calm):
    """Holds something."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.closed = 0

    def close(self) -> None:
        self.closed += 1


async def test_a_policy_gets_the_limit_that_it_keeps_and_who_waits_for_it_is_not_late() -> None:
    slow = Slow("slow")
    panel = Panel([Calm("quick"), slow], timeout_seconds=1.0)
    asyncio.get_running_loop().call_later(1.3, slow.may_end.set)
    verdicts = await asyncio.gather(panel.judge(RECORDS), panel.judge(RECORDS))
    assert list(verdicts) == [(Accept(), Accept())] * 2
    assert panel.complaints == {}
    panel.close()


@pytest.mark.parametrize("own", [-1.0, 0, float("nan"), float("inf"), 1e9, "50", None])
async def test_a_limit_that_makes_no_sense_counts_for_nothing(own: object) -> None:
    slow = Slow("slow")
    slow.timeout_seconds = own  # type: ignore[assignment]  # nonsense is the point
    panel = Panel([slow], timeout_seconds=0.05)
    await panel.judge(RECORDS)
    assert panel.complaints == {"slow": "gave no answer within 0.05 s and is not asked until it has"}
    slow.may_end.set()
    panel.close()


async def test_a_batch_that_waited_for_a_policy_that_hangs_does_not_ask_it_again() -> None:
    slow = Slow("slow")
    slow.timeout_seconds = 0.0
    panel = Panel([slow], timeout_seconds=0.05)
    verdicts = await asyncio.gather(panel.judge(RECORDS), panel.judge(RECORDS))
    assert not any(isinstance(verdict, Accept) for batch in verdicts for verdict in batch)
    slow.may_end.set()
    panel.close()


async def test_policies_are_closed_though_one_breaks_and_one_hangs(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_end = threading.Event()
    broken, hanging, last = Closing("broken"), Closing("hanging"), Closing("last")
    monkeypatch.setattr(broken, "close", lambda: 1 / 0)
    monkeypatch.setattr(hanging, "close", may_end.wait)
    await close_policies([Calm("calm"), broken, last])
    monkeypatch.setattr(panel_module, "CLOSE_TIMEOUT_SECONDS", 0.05)
    await close_policies([hanging])
    assert last.closed == 1
    errors = [record.message for record in caplog.records if record.levelno == logging.ERROR]
    assert errors == ["the policy broken did not close", "the policy hanging did not close"]
    may_end.set()
