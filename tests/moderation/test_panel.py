"""The panel: policies are asked in order, and those that break are contained."""

import asyncio
import logging
import threading
import time
from collections.abc import Sequence

import pytest

import peerset
from peerset.core.record import Record
from peerset.core.verdict import FAILED, Accept, Reject, Verdict
from peerset.moderation.panel import RECHECK_BATCHES, Panel
from tests.protocol.pair import key, make_record

pytestmark = pytest.mark.real_time

RECORDS = [make_record(number) for number in range(4)]


@peerset.admission("odd", version=1)
def odd(record: Record) -> str | None:
    return "odd" if int(record.content.split()[1]) % 2 else None


@peerset.admission("three", version=1)
def three(record: Record) -> str | None:
    return "three" if record.content == "record 3" else None


@peerset.admission("touchy", version=1)
def touchy(record: Record) -> str | None:
    if record.content == "record 2":
        raise ValueError("I do not like two")
    return None


class Odd:
    """A policy that does as its test says."""

    name = "strange"
    policy_class = peerset.PolicyClass.ADMISSION
    manifest = peerset.Manifest("strange", 1)

    def __init__(self, answer: object) -> None:
        self.answer = answer
        self.asked = 0

    def judge(self, records: Sequence[Record]) -> Sequence[Verdict]:
        self.asked += 1
        return self.answer(records) if callable(self.answer) else self.answer  # type: ignore[return-value]  # nonsense is the point


def names(verdicts: Sequence[Verdict]) -> list[str]:
    return [verdict.policy if isinstance(verdict, Reject) else "-" for verdict in verdicts]


async def test_the_first_refusal_wins() -> None:
    panel = Panel([odd, three])
    assert names(await panel.judge(RECORDS)) == ["-", "odd", "-", "odd"]
    assert names(await Panel([three, odd]).judge(RECORDS)) == ["-", "odd", "-", "three"]
    panel.close()


async def test_without_policies_all_is_welcome() -> None:
    assert await Panel([]).judge(RECORDS) == (Accept(),) * 4


async def test_a_record_that_breaks_a_policy_is_refused_alone(caplog: pytest.LogCaptureFixture) -> None:
    panel = Panel([touchy, odd])
    verdicts = await panel.judge(RECORDS)
    assert names(verdicts) == ["-", "odd", "touchy", "odd"]
    assert verdicts[2] == Reject("touchy", "the policy touchy does not work here", FAILED)
    assert panel.complaints == {"touchy": "raised ValueError: I do not like two"}
    assert [record.message for record in caplog.records] == ["the policy touchy raised ValueError: I do not like two"]


@pytest.mark.parametrize("error", [StopIteration(), SystemExit(1), TimeoutError(), KeyboardInterrupt()])
async def test_whatever_a_policy_raises_stays_in_the_panel(error: BaseException) -> None:
    def explode(_records: object) -> None:
        raise error

    assert names(await Panel([Odd(explode), odd]).judge(RECORDS)) == ["strange"] * 4


@pytest.mark.parametrize("answer", [None, [], [Accept()] * 3, ["yes"] * 4, "abcd", 7, {}])
async def test_nonsense_is_no_verdict(answer: object) -> None:
    panel = Panel([Odd(answer)])
    assert names(await panel.judge(RECORDS)) == ["strange"] * 4
    assert panel.complaints == {"strange": "did not give one verdict a record"}


async def test_a_policy_that_hangs_is_not_asked_before_it_has_answered(caplog: pytest.LogCaptureFixture) -> None:
    stuck = threading.Event()
    hanging = Odd(lambda _records: stuck.wait())
    panel = Panel([hanging, odd], timeout_seconds=0.05)
    with caplog.at_level(logging.ERROR, logger="peerset"):
        assert names(await panel.judge(RECORDS)) == ["strange"] * 4
        assert names(await panel.judge(RECORDS)) == ["strange"] * 4
    assert hanging.asked == 1
    assert "gave no answer within 0.05 s" in panel.complaints["strange"]
    assert len(caplog.records) == 1
    hanging.answer = lambda records: [Accept()] * len(records)
    stuck.set()
    assert await until_asked_again(hanging, panel) == ["-", "odd", "-", "odd"]
    panel.close()


async def until_asked_again(policy: "Odd", panel: Panel) -> list[str]:
    """Judge until *policy*, which is about to answer in its thread, is asked again; give the verdicts then."""
    while True:
        given = names(await panel.judge(RECORDS))
        if policy.asked > 1:
            return given
        await asyncio.to_thread(time.sleep, 0.001)


async def test_a_policy_speaks_in_its_own_name_only() -> None:
    liar = Odd(lambda records: [Reject("odd", "no", "rule")] * len(records))
    assert await Panel([liar]).judge(RECORDS[:1]) == (Reject("strange", "no", "rule"),)


async def test_a_policy_may_ask_to_fail_open() -> None:
    broken = Odd(None)
    broken.fails_open = True  # type: ignore[attr-defined]  # an optional attribute
    assert names(await Panel([broken, odd]).judge(RECORDS)) == ["-", "odd", "-", "odd"]


async def test_a_policy_that_changes_its_mind_is_named() -> None:
    flips = iter(range(10_000))

    def flip(records: Sequence[Record]) -> list[Verdict]:
        return [Accept() if next(flips) % 3 else Reject("strange", "no") for _ in records]

    panel = Panel([Odd(flip)])
    for _ in range(RECHECK_BATCHES):
        await panel.judge(RECORDS)
    assert panel.complaints == {"strange": "gave other verdicts when asked again: it is no admission policy"}


class Curious(Odd):
    """Wants to know who brought what, whatever its class."""

    def judge_from(self, records: Sequence[Record], senders: Sequence[bytes | None]) -> list[Verdict]:
        return [Accept() if sender is None else Reject("strange", "it was brought") for sender in senders]


async def test_a_view_is_told_who_brought_a_record_and_an_admission_policy_is_not() -> None:
    curious = Curious(lambda records: [Accept()] * len(records))
    sender = key(2).public_key
    for kind, expected in (
        (peerset.PolicyClass.ADMISSION, ["-", "-", "-", "-"]),
        (peerset.PolicyClass.VIEW, ["-", "strange", "-", "-"]),
    ):
        curious.policy_class = kind
        panel = Panel([curious])
        assert names(await panel.judge(RECORDS, [None, sender, None, None])) == expected
        assert names(await panel.judge(RECORDS)) == ["-", "-", "-", "-"]
        panel.close()
