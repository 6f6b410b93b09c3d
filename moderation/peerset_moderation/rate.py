"""Rate: who publishes faster than the room can read is hidden here until the pace falls.

Records count by this peer's clock while they are live, for their author and for the peer that brought them. Those older
than ten minutes come with a sync, all at once: they are history, which `quota` keeps short, and held against nobody.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Self

from peerset import Accept, Manifest, PolicyClass, Record, Reject, Verdict
from peerset_moderation.manifests import canonical_parameters
from peerset_moderation.parameters import Parameters

VERSION: Final = 1
LIVE_SECONDS: Final = 600
BUCKETS_MAX: Final = 4_096
COUNT_MAX: Final = 1_000_000

_UNITS: Final = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400}


@dataclass(frozen=True, slots=True)
class Pace:
    """So many records in so many seconds; all of them may come at once."""

    count: int
    seconds: int

    @classmethod
    def parse(cls, read: Parameters, key: str, default: str) -> Self:
        """Read a pace such as ``20/minute``."""
        count, _, unit = read.text(key, default).partition("/")
        if unit not in _UNITS:
            raise read.error(key, f"is {read.text(key, default)!r}, not a pace such as 20/minute ({', '.join(_UNITS)})")
        return cls(read.whole_of(key, count, least=1, most=COUNT_MAX), _UNITS[unit])


class Buckets:
    """Token buckets by name, the least recently used forgotten first.

    Each is one number, the time at which it will be full again (the virtual scheduling form of the generic cell rate
    algorithm, ITU-T I.371).
    """

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._full_at: OrderedDict[bytes, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._full_at)

    def take(self, name: bytes, now: float) -> bool:
        """Take a token out of the bucket called *name* at *now* seconds; False when it is empty."""
        pace = self._pace
        # A clock that was set back must not keep a bucket empty for longer than it takes to fill.
        full_at = min(max(self._full_at.pop(name, now), now), now + pace.seconds)
        after = full_at + pace.seconds / pace.count
        has_token = after <= now + pace.seconds * (1 + 1e-9)
        self._full_at[name] = after if has_token else full_at
        if len(self._full_at) > BUCKETS_MAX:
            self._full_at.popitem(last=False)
        return has_token


class RatePolicy:
    """Hide records of an author, or through the sessions of a peer, that come faster than a pace."""

    name: str = "rate"
    policy_class: PolicyClass = PolicyClass.VIEW

    def __init__(
        self,
        *,
        author: Pace = Pace(20, 60),
        session: Pace = Pace(600, 60),
        now: Callable[[], float] = time.time,  # noqa: TID251 - the default of an injected clock
    ) -> None:
        """Allow each *author* and each *session* its pace; *now* gives Unix seconds."""
        self._authors = Buckets(author)
        self._sessions = Buckets(session)
        self._now = now
        written = {"author": [author.count, author.seconds], "session": [session.count, session.seconds]}
        self._manifest = Manifest(self.name, VERSION, canonical_parameters(written))

    @classmethod
    def parse(cls, parameters: str) -> Self:
        """Make the policy from a spec: ``rate`` or ``rate:author=5/minute,session=1000/hour``.

        Raises:
            ConfigError: an unknown parameter, or a malformed pace.

        """
        read = Parameters.parse("rate", parameters, known=("author", "session"))
        return cls(author=Pace.parse(read, "author", "20/minute"), session=Pace.parse(read, "session", "600/minute"))

    @property
    def manifest(self) -> Manifest:
        """Both paces."""
        return self._manifest

    def judge(self, records: Sequence[Record]) -> list[Verdict]:
        """Give a verdict on each record, in the order in which they came."""
        return self.judge_from(records, [None] * len(records))

    def judge_from(self, records: Sequence[Record], senders: Sequence[bytes | None]) -> list[Verdict]:
        """Do the same, knowing by the keys of *senders* who brought each."""
        now = self._now()
        return [self._judge(record, sender, now) for record, sender in zip(records, senders, strict=True)]

    def _judge(self, record: Record, sender: bytes | None, now: float) -> Verdict:
        if now - record.created_at >= LIVE_SECONDS:
            return Accept()
        if sender is not None and not self._sessions.take(sender, now):
            return Reject(self.name, "its session brings records faster than is shown here", "session")
        if not self._authors.take(record.author, now):
            return Reject(self.name, "its author publishes faster than is shown here", "author")
        return Accept()
