"""The panel: asks a room's policies of each batch of records, and contains those that break.

Policies are strangers' code. They run in a thread of their own; one that raises, hangs, answers nonsense or
changes its mind is named in the log and in `Panel.complaints`, and the room goes on without its help: what it
could not judge is refused, unless the policy says ``fails_open = True``.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from threading import Event
from typing import Final

from peerset.core.keys import PublicKey
from peerset.core.record import Record
from peerset.core.verdict import FAILED, Accept, PolicyClass, Reject, Verdict
from peerset.daemon import DaemonThread
from peerset.moderation.pinned import subject_of
from peerset.ports import Policy, SetRule

TIMEOUT_SECONDS: Final = 2.0
"""How long one policy may take for one batch, at most a thousand records."""
OWN_TIMEOUT_SECONDS_MAX: Final = 60.0
"""A policy that keeps a limit of its own, by ``timeout_seconds``, gets up to this much on top."""
CLOSE_TIMEOUT_SECONDS: Final = 5.0
"""How long a policy may take to close."""
RECHECK_BATCHES: Final = 32
"""Every so many batches an admission policy is asked again, backwards: a pure one gives the same answers."""
THREAD_NAME: Final = "peerset-policies"

logger = logging.getLogger(__name__)

Sender = PublicKey | None
"""The proven key of the peer that brought a record; None: nobody that counts."""
Case = tuple[Record, Sender]
"""What a policy is asked of."""


class Panel:
    """The policies of one class, in order; the first refusal wins."""

    def __init__(self, policies: Sequence[Policy], *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self.complaints: dict[str, str] = {}
        """Policies that broke: name -> what happened."""
        self._policies = tuple(policies)
        self._timeout_seconds = timeout_seconds
        self._hung: dict[str, Event] = {}
        """Of policies that took too long: set once they answered after all."""
        self._thread = DaemonThread(THREAD_NAME)
        self._turn = asyncio.Lock()
        self._batches = 0

    @property
    def is_empty(self) -> bool:
        """There are no policies, so nothing is ever refused."""
        return not self._policies

    async def judge(self, records: Sequence[Record], senders: Sequence[Sender] = ()) -> tuple[Verdict, ...]:
        """Give one verdict a record, in order; *senders*, if given, are for those policies that ask who brought it.

        About a pin they are asked of the record inside, all but the policy of pins.
        """
        self._batches += 1
        return await self._judge(self._policies, records, senders or [None] * len(records))

    async def judge_envelope(self, record: Record) -> Verdict:
        """Give the verdict of those policies that look at author, time, kind and tags alone."""
        asked = [policy for policy in self._policies if getattr(policy, "judges_envelopes", False)]
        (verdict,) = await self._judge(asked, [record], [None])
        return verdict

    async def _judge(
        self, policies: Sequence[Policy], records: Sequence[Record], brought: Sequence[Sender]
    ) -> tuple[Verdict, ...]:
        verdicts: list[Verdict] = [Accept()] * len(records)
        for policy in policies:
            open_places = [place for place, verdict in enumerate(verdicts) if isinstance(verdict, Accept)]
            if not open_places:
                break
            asked = [(subject_of(records[place], policy=policy.name), brought[place]) for place in open_places]
            for place, (subject, _), verdict in zip(open_places, asked, await self._ask(policy, asked), strict=True):
                verdicts[place] = _about(records[place], subject, _in_the_name_of(policy, verdict))
        return tuple(verdicts)

    def close(self) -> None:
        """Let the thread end."""
        self._thread.shutdown()

    async def _ask(self, policy: Policy, cases: list[Case]) -> Sequence[Verdict]:
        if self._hangs(policy):
            return [self._stand_in(policy)] * len(cases)
        answers = await self._call(policy, cases)
        if answers is None:
            # One record may have broken it: the others of its batch shall not suffer.
            answers = [await self._ask_of_one(policy, case) for case in cases]
        elif policy.policy_class is PolicyClass.ADMISSION and self._batches % RECHECK_BATCHES == 1:
            await self._recheck(policy, cases, answers)
        return answers

    async def _ask_of_one(self, policy: Policy, case: Case) -> Verdict:
        answers = None if self._hangs(policy) else await self._call(policy, [case])
        return self._stand_in(policy) if answers is None else answers[0]

    async def _call(self, policy: Policy, cases: list[Case]) -> Sequence[Verdict] | None:
        """Ask *policy*; None when it broke."""
        # Who waits for another batch to be judged has not begun, and is not late.
        async with self._turn:
            return await self._call_now(policy, cases)

    async def _call_now(self, policy: Policy, cases: list[Case]) -> Sequence[Verdict] | None:
        if self._hangs(policy):
            return None
        seconds = self._timeout_seconds + _own_timeout_of(policy)
        answered = Event()
        try:
            async with asyncio.timeout(seconds) as limit:
                answers = await asyncio.get_running_loop().run_in_executor(
                    self._thread, _judge, policy, cases, answered
                )
        except Exception as error:  # noqa: BLE001 - a stranger's code may raise anything
            if limit.expired():
                self._hung[policy.name] = answered
                self._thread.shutdown()
                self._thread = DaemonThread(THREAD_NAME)
                self._complain(policy, f"gave no answer within {seconds:g} s and is not asked until it has")
            else:
                self._complain(policy, f"raised {type(error).__name__}: {error}")
            return None
        if not is_answer(answers, len(cases)):
            self._complain(policy, "did not give one verdict a record")
            return None
        return answers

    async def _recheck(self, policy: Policy, cases: list[Case], answers: Sequence[Verdict]) -> None:
        again = await self._call(policy, cases[::-1])
        if again is not None and list(again)[::-1] != list(answers):
            self._complain(policy, "gave other verdicts when asked again: it is no admission policy")

    def _hangs(self, policy: Policy) -> bool:
        # On a machine that is busy for a while it may have been slow, and no more.
        answered = self._hung.get(policy.name)
        if answered is not None and answered.is_set():
            del self._hung[policy.name]
        return policy.name in self._hung

    def _stand_in(self, policy: Policy) -> Verdict:
        if getattr(policy, "fails_open", False):
            return Accept()
        return Reject(policy.name, f"the policy {policy.name} does not work here", FAILED)

    def _complain(self, policy: Policy, what: str) -> None:
        if self.complaints.get(policy.name) != what:
            logger.error("the policy %s %s", policy.name, what)
        self.complaints[policy.name] = what


async def close_policies(policies: Sequence[Policy | SetRule]) -> None:
    """Call the method ``close`` of those *policies* that have one, in a thread and within five seconds."""
    for policy in policies:
        close = getattr(policy, "close", None)
        if close is None:
            continue
        thread = DaemonThread(THREAD_NAME)
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_SECONDS):
                await asyncio.get_running_loop().run_in_executor(thread, close)
        except Exception:  # a stranger's code may raise anything
            logger.exception("the policy %s did not close", policy.name)
        thread.shutdown()


def _judge(policy: Policy, cases: Sequence[Case], answered: Event) -> Sequence[Verdict]:
    try:
        return _ask(policy, cases)
    finally:
        answered.set()


def _ask(policy: Policy, cases: Sequence[Case]) -> Sequence[Verdict]:
    records = [record for record, _ in cases]
    judge_from = getattr(policy, "judge_from", None)
    # What is admitted must not depend on who brought it, so only a view is told.
    if judge_from is None or policy.policy_class is not PolicyClass.VIEW:
        return policy.judge(records)
    answers: Sequence[Verdict] = judge_from(records, [sender for _, sender in cases])
    return answers


def is_answer(answers: object, count: int) -> bool:
    """Say whether *answers* is one verdict a record."""
    return (
        isinstance(answers, Sequence)
        and len(answers) == count
        and all(isinstance(answer, Accept | Reject) for answer in answers)
    )


def _in_the_name_of(policy: Policy, verdict: Verdict) -> Verdict:
    # Whoever speaks for another policy would have receipts signed, and be believed, in its place.
    if isinstance(verdict, Accept) or verdict.policy == policy.name:
        return verdict
    return replace(verdict, policy=policy.name)


def _about(record: Record, subject: Record, verdict: Verdict) -> Verdict:
    # Of a pin the text was found within what it holds, and its own has other places.
    return verdict if subject is record or isinstance(verdict, Accept) else replace(verdict, span=None)


def _own_timeout_of(policy: Policy) -> float:
    seconds = getattr(policy, "timeout_seconds", 0.0)
    return seconds if isinstance(seconds, int | float) and 0 < seconds <= OWN_TIMEOUT_SECONDS_MAX else 0.0
