"""What a light member knows by name alone: time and id, as a neighbour claims (docs/protocol.md, "Light members").

Claims count in the set, are given to nobody, and last as long as the process. A neighbour that keeps such records whole
and lacks one makes it doubtful. A few of what is doubtful are then fetched, first from who named it: what nobody can
show is forgotten, with all that is doubtful of who named it lately, and all that is doubtful when nobody can show any.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass

from peerset.core.clock import DAY_SECONDS, Moment, Monotonic, UnixTime
from peerset.core.limits import CLAIMS_MAX, DOUBTS_MAX, DOUBTS_TRIED, INTEGER_MAX, TRIAL_INTERVAL_SECONDS
from peerset.core.merkle import Index
from peerset.core.record import RecordId
from peerset.protocol.effects import CatchUp, Request
from peerset.protocol.fetching import Fetching
from peerset.protocol.health import Bite, Budget
from peerset.protocol.lightness import Entry, Lightness
from peerset.protocol.namers import Namer, Namers
from peerset.protocol.options import Options
from peerset.protocol.refused import Refused
from peerset.protocol.retention import Retention


@dataclass(frozen=True, slots=True)
class _Trial:
    """What is doubtful together, and what of it is fetched."""

    doubtful: tuple[Entry, ...]
    fetched: tuple[Entry, ...]


class Claims:
    """The claims of a member that is light by its *options*; they are in *index* too."""

    def __init__(
        self,
        options: Options,
        index: Index,
        fetching: Fetching,
        refused: Refused,
        retention: Retention,
        rng: random.Random,
    ) -> None:
        self.is_taking = options.collects
        """Names are taken at all, rather than nothing of what is older."""
        self._content_seconds = options.content_seconds
        self._index = index
        self._fetching = fetching
        fetching.on_came = self.shown
        self._refused = refused
        self._retention = retention
        self._rng = rng
        self._entries = Index()
        self._doubtful: dict[Entry, None] = {}
        self._trial: _Trial | None = None
        self._rested_at = Monotonic(float("-inf"))
        self._bite = Bite()
        self._namers = Namers()

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, entry: Entry) -> bool:
        return entry in self._entries

    @property
    def all(self) -> list[Entry]:
        """Every claim, the oldest first."""
        return list(self._entries.entries((0, b""), (INTEGER_MAX, b"")))

    def edge(self, now: UnixTime) -> int:
        """Give the time from which on content is kept: the beginning of a UTC day."""
        return max(0, (now - self._content_seconds) // DAY_SECONDS * DAY_SECONDS)

    def budget(self) -> Budget:
        """How many there are; bites while some found no room."""
        if len(self) < CLAIMS_MAX:
            self._bite.ease()
        return self._bite.budget("claims", len(self), CLAIMS_MAX)

    def take(self, names: Iterable[Entry], lightness: Lightness, namer: Namer, now: Moment) -> int:
        """Take what *namer*, a neighbour, names; give how many are new."""
        if not self._namers.is_believed(namer, now.monotonic):
            return 0
        fresh, since = list[bytes](), self._retention.window(now.unix).accepted_from
        for created_at, record_id in names:
            if not (since <= created_at and lightness.takes(created_at)) or self._refused.has_prefix(record_id[:8]):
                continue
            if (created_at, record_id) in self._index:
                continue
            if len(self) >= CLAIMS_MAX:
                self._bite.bite(now.unix)
                continue
            self._entries.add(created_at, record_id)
            self._index.add(created_at, record_id)
            fresh.append(record_id)
        self._namers.named(namer, fresh, now.monotonic)
        return len(fresh)

    def shown(self, created_at: int, record_id: RecordId) -> None:
        """Note that a record is here as a whole."""
        self._entries.discard(created_at, record_id)
        self._doubtful.pop((created_at, record_id), None)

    def forget_before(self, before: UnixTime) -> None:
        """Forget what is dated before *before*, as the index does."""
        self._entries.discard_before(before)

    def doubt(self, entries: Iterable[Entry]) -> None:
        """Note that a neighbour lacks *entries*, which it would keep whole."""
        room = DOUBTS_MAX - len(self._doubtful)
        fresh = [each for each in entries if each in self._entries and each not in self._doubtful]
        self._doubtful.update(dict.fromkeys(fresh[:room]))

    @property
    def deadline(self) -> Monotonic | None:
        """When `tick` has something to do."""
        if self._trial is not None:
            return self._rested_at if self._is_over(self._trial) else None
        return Monotonic(self._rested_at + TRIAL_INTERVAL_SECONDS) if self._doubtful else None

    def tick(self, now: Moment) -> list[Request]:
        """Forget what nobody can show, and fetch some of what is doubtful by now."""
        trial = self._trial
        if trial is None or not self._is_over(trial):
            return self._try(now)
        self._trial = None
        hidden = [each for each in trial.fetched if each in self._entries]
        vain = self._namers.disbelieve(hidden, trial.doubtful, now.monotonic)
        gone = trial.doubtful if len(hidden) == len(trial.fetched) else (*hidden, *vain)
        for created_at, record_id in gone:
            if self._entries.discard(created_at, record_id):
                self._index.discard(created_at, record_id)
        return [CatchUp(), *self._try(now)] if gone else self._try(now)

    def _try(self, now: Moment) -> list[Request]:
        if self._trial is not None or now.monotonic < self._rested_at + TRIAL_INTERVAL_SECONDS:
            return []
        doubtful = tuple(each for each in self._doubtful if each in self._entries)
        self._doubtful.clear()
        if not doubtful:
            return []
        fetched = tuple(self._rng.sample(doubtful, min(DOUBTS_TRIED, len(doubtful))))
        self._trial, self._rested_at = _Trial(doubtful, fetched), now.monotonic
        wanted = [(created_at, RecordId(each)) for created_at, each in fetched]
        return self._fetching.fetch(wanted, now, self._namers.peer_of)

    def _is_over(self, trial: _Trial) -> bool:
        return not any(self._fetching.wants(RecordId(record_id)) for _, record_id in trial.fetched)
