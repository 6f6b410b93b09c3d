"""Young records that were announced and are not here: which are asked for, of whom, and which may come unasked."""

from collections import Counter, OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from peerset.core.clock import Moment, Monotonic
from peerset.core.limits import PULL_TIMEOUT_SECONDS, PULLS_MAX, PULLS_PER_PEER_MAX, PUSH_PATIENCE_SECONDS
from peerset.core.signal import PeerId
from peerset.protocol.deadlines import earliest

ANNOUNCERS_MAX: Final = 8


@dataclass(slots=True)
class Pull:
    """A record that somebody is asked for, or will be when it does not come by itself."""

    peer: PeerId
    begun: Monotonic
    due: Monotonic
    is_asked: bool
    announcers: deque[PeerId] = field(default_factory=deque)
    """Whom to ask next, the first first."""

    @property
    def holders(self) -> set[PeerId]:
        """Who says to have it."""
        return {self.peer, *self.announcers}


class Pulls:
    """At most `PULLS_MAX` of them, and `PULLS_PER_PEER_MAX` of one peer."""

    def __init__(self) -> None:
        # Each in order of their due times.
        self._asked: OrderedDict[bytes, Pull] = OrderedDict()
        self._expected: OrderedDict[bytes, Pull] = OrderedDict()
        self._counts: Counter[PeerId] = Counter()

    def __len__(self) -> int:
        return len(self._asked) + len(self._expected)

    @property
    def deadline(self) -> Monotonic | None:
        """When somebody is to be asked, or asked again."""
        asked = next(iter(self._asked.values())).due if self._asked else None
        expected = next(iter(self._expected.values())).due if self._expected else None
        return earliest(asked, expected)

    def get(self, prefix: bytes) -> Pull | None:
        """Give the pull of *prefix*."""
        return self._asked.get(prefix) or self._expected.get(prefix)

    def heard(self, pull: Pull, peer: PeerId) -> None:
        """Note that *peer* has the record, too."""
        if len(pull.announcers) < ANNOUNCERS_MAX:
            pull.announcers.append(peer)

    def ask(self, prefix: bytes, peer: PeerId, now: Moment, announcers: Iterable[PeerId] = ()) -> bool:
        """Note that *peer* is asked; False when it cannot be, for so much is asked for already."""
        return self._begin(
            prefix, Pull(peer, now.monotonic, _after(now, PULL_TIMEOUT_SECONDS), True, deque(announcers))
        )

    def expect(self, prefix: bytes, peer: PeerId, now: Moment) -> Pull | None:
        """Note that *peer* has the record, which will come by itself or be asked for; None where `ask` gives False."""
        pull = Pull(peer, now.monotonic, _after(now, PUSH_PATIENCE_SECONDS), False)
        return pull if self._begin(prefix, pull) else None

    def end(self, prefix: bytes) -> Pull | None:
        """Let go of a pull, and give it, if there is one."""
        pull = self._asked.pop(prefix, None) or self._expected.pop(prefix, None)
        if pull is not None:
            self._counts[pull.peer] -= 1
            if not self._counts[pull.peer]:
                del self._counts[pull.peer]
        return pull

    def wait_on(self, prefix: bytes, now: Moment) -> None:
        """Give who was asked for *prefix* more time."""
        self._asked[prefix].due = _after(now, PULL_TIMEOUT_SECONDS)
        self._asked.move_to_end(prefix)

    def late(self, now: Moment) -> list[tuple[bytes, Pull]]:
        """Give what is due; of what is still expected, who announced it comes first among those to ask."""
        found = []
        for pulls in (self._asked, self._expected):
            for prefix, pull in pulls.items():
                if pull.due > now.monotonic:
                    break
                found.append((prefix, pull))
        return found

    def _begin(self, prefix: bytes, pull: Pull) -> bool:
        # What one peer announces shall not keep us from asking the others.
        if len(self) >= PULLS_MAX or self._counts[pull.peer] >= PULLS_PER_PEER_MAX:
            return False
        (self._asked if pull.is_asked else self._expected)[prefix] = pull
        self._counts[pull.peer] += 1
        return True


def _after(now: Moment, seconds: float) -> Monotonic:
    return Monotonic(now.monotonic + seconds)
