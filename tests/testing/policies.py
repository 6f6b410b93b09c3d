"""Policies good and bad, at the top of a module so that another process can make them."""

import itertools
from collections.abc import Sequence

import peerset
from peerset.core.record import Record
from peerset.core.verdict import Accept, PolicyClass, Reject, Seat, Verdict


def calm() -> peerset.Policy:
    """Refuse capitals: a good admission policy."""
    return peerset.admission("calm", version=1)(lambda record: "loud" if record.content.isupper() else None)


def moody() -> peerset.Policy:
    """Refuse every third record it is asked about."""
    count = itertools.count()
    return peerset.admission("moody", version=1)(lambda _record: "no" if next(count) % 3 == 0 else None)


def hashing() -> peerset.Policy:
    """Judge by what differs between processes."""
    return peerset.admission("hashing", version=1)(lambda record: "odd" if hash(record.content) % 2 else None)


class Blunt:
    """Give what it should not."""

    name = "blunt"
    policy_class = PolicyClass.ADMISSION
    manifest = peerset.Manifest("blunt", 1)
    verdict: Verdict = Reject("blunt", "")

    def judge(self, records: Sequence[Record]) -> Sequence[Verdict]:
        """Refuse all."""
        return [self.verdict for _ in records]


class Foreign(Blunt):
    """Speak for another."""

    verdict = Reject("somebody", "no")


class Misplaced(Blunt):
    """Point outside the text."""

    verdict = Reject("blunt", "no", span=(5, 1_000_000))


class Nosy(Blunt):
    """Ask who brought a record, though it decides admission."""

    verdict = Accept()

    def judge_from(self, records: Sequence[Record], senders: Sequence[bytes | None]) -> Sequence[Verdict]:
        """Refuse what was brought."""
        return [Accept() if sender is None else Reject("blunt", "it was brought") for sender in senders]


class Terse(Blunt):
    """Give too few verdicts."""

    def judge(self, records: Sequence[Record]) -> Sequence[Verdict]:
        """Give one."""
        return [Accept()]


class Newest:
    """Keep the newest of each author: a good set rule."""

    name = "newest"
    policy_class = PolicyClass.SET_RULE
    manifest = peerset.Manifest("newest", 1)
    reason = "an older one"

    def group(self, record: Record) -> tuple[str, ...] | None:
        """Group by author."""
        return (record.author.hex(),)

    def keep(self, group: Sequence[Seat]) -> frozenset[peerset.RecordId]:
        """Keep the last in order."""
        return frozenset([max(group).id])


class First(Newest):
    """Keep whoever happens to stand first."""

    def keep(self, group: Sequence[Seat]) -> frozenset[peerset.RecordId]:
        """Depend on the order."""
        return frozenset([group[0].id])


class Nobody(Newest):
    """Hide everyone."""

    def keep(self, group: Sequence[Seat]) -> frozenset[peerset.RecordId]:
        """Keep none."""
        return frozenset()
