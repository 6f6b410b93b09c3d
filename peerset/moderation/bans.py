"""Strikes and bans over restarts: what the node holds against whom, kept as notes in the store."""

import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from peerset.core.clock import Moment, UnixTime
from peerset.core.keys import KEY_BYTES, PublicKey
from peerset.core.limits import INTEGER_MAX, STRIKE_HALF_LIFE_SECONDS
from peerset.core.typed import read_number
from peerset.errors import ConfigError
from peerset.moderation.notebook import Notebook
from peerset.ports import Store
from peerset.protocol.events import Happening, StrikeCounted
from peerset.protocol.node import Node
from peerset.protocol.strikes import SavedStrike, Subject

STRIKES: Final = "strikes"
"""The kind of the notes that hold them."""
SAVE_DELAY_SECONDS: Final = 5.0
"""Strikes that come close together are saved together."""
BAN_SECONDS_MAX: Final = 100 * 365 * 86_400.0
REASON_CHARACTERS_MAX: Final = 300
"""As JSON, each may take 12 bytes of a note."""
POINTS_NOTED: Final = 0.05
"""Points that differ by less are not written again."""
UNNAMED_REASON: Final = "faults before it proved a key"


@dataclass(frozen=True, slots=True)
class Ban:
    """Whose sessions are refused here, until when, and why."""

    subject: PublicKey | str
    """A key, or the network address of a peer that proved none."""
    until: UnixTime
    reason: str


def read_ban_seconds(seconds: object) -> float:
    """Read how long a ban lasts.

    Raises:
        ConfigError: no time, or more than a hundred years.

    """
    read = read_number("how long a ban lasts", seconds)
    if not 0 < read <= BAN_SECONDS_MAX:
        raise ConfigError(f"a ban lasts more than 0 and at most {BAN_SECONDS_MAX:.0f} seconds, not {seconds}")
    return read


@dataclass(frozen=True, slots=True)
class _Entry:
    strike: SavedStrike
    reason: str


class Ledger:
    """The accounts of *node*, with reasons; *saved* are the notes of an earlier life."""

    def __init__(self, store: Store, node: Node, *, now: Callable[[], Moment], saved: Mapping[bytes, str]) -> None:
        self._store = store
        self._node = node
        self._now = now
        self._kept = {entry.strike.subject: entry for entry in _read(saved)}
        self._reasons: dict[Subject, str] = {subject: entry.reason for subject, entry in self._kept.items()}
        self.notebook = Notebook(self.save, title="strikes and bans", delay_seconds=SAVE_DELAY_SECONDS)
        node.restore_strikes((entry.strike for entry in self._kept.values()), now())

    def take(self, event: Happening) -> None:
        """Remember why a peer was warned or banned, and save that soon."""
        if isinstance(event, StrikeCounted) and event.state != "clear":
            if event.key is not None:
                self.explain(event.key, event.reason)
            if event.address:
                self.explain(event.address, event.reason)
            self.notebook.save_soon()

    def explain(self, subject: Subject, reason: str) -> None:
        """Remember for what *subject* is warned or banned."""
        self._reasons[subject] = reason[:REASON_CHARACTERS_MAX]

    def bans(self) -> list[Ban]:
        """Give the bans that run, the first to end first."""
        bans = [
            Ban(strike.subject, strike.banned_until, self._reasons.get(strike.subject, UNNAMED_REASON))
            for strike in self._node.saved_strikes(self._now())
            if strike.banned_until is not None
        ]
        return sorted(bans, key=lambda ban: (ban.until, _key_of(ban.subject)))

    async def save(self) -> None:
        """Bring the notes up to date; only what changed is written.

        Raises:
            StoreError: the store cannot write.

        """
        current = {strike.subject: strike for strike in self._node.saved_strikes(self._now())}
        for subject in [subject for subject in self._kept if subject not in current]:
            await self._store.note(STRIKES, _key_of(subject), None)
            self._kept.pop(subject, None)
        self._reasons = {subject: reason for subject, reason in self._reasons.items() if subject in current}
        for subject, strike in current.items():
            entry = _Entry(strike, self._reasons.get(subject, UNNAMED_REASON))
            if _differs(self._kept.get(subject), entry):
                await self._store.note(STRIKES, _key_of(subject), _write(entry))
                self._kept[subject] = entry


def _differs(old: _Entry | None, new: _Entry) -> bool:
    """Say whether *new* holds more than what *old* fades to by itself."""
    if old is None or old.reason != new.reason:
        return True
    before, after = old.strike, new.strike
    if before.banned_until is None or after.banned_until is None:
        faded = before.points * math.pow(0.5, max(0, after.at - before.at) / STRIKE_HALF_LIFE_SECONDS)
        return (before.banned_until is None) != (after.banned_until is None) or abs(after.points - faded) > POINTS_NOTED
    # Both clocks are read in whole seconds, so the end of a ban seems to move by one.
    return abs(after.banned_until - before.banned_until) > 1


def _key_of(subject: Subject) -> bytes:
    # The first byte tells keys from addresses, some of which have 32 characters too.
    return b"k" + subject if isinstance(subject, bytes) else b"a" + subject.encode()


def _write(entry: _Entry) -> str:
    strike = entry.strike
    row = {"points": strike.points, "at": strike.at, "banned_until": strike.banned_until, "reason": entry.reason}
    return json.dumps(row)


def _read(notes: Mapping[bytes, str]) -> Iterable[_Entry]:
    """Give what *notes* hold; what makes no sense is left out."""
    for key, text in sorted(notes.items()):
        try:
            row = json.loads(text)
            points, at, until, reason = (row[name] for name in ("points", "at", "banned_until", "reason"))
            subject = _subject_of(key)
        except (ValueError, KeyError, TypeError, RecursionError):
            continue
        is_sane = isinstance(points, int | float) and isinstance(reason, str) and _is_time(at)
        if is_sane and (until is None or _is_time(until)):
            yield _Entry(SavedStrike(subject, float(points), UnixTime(at), until), reason)


def _subject_of(key: bytes) -> Subject:
    if key[:1] == b"k" and len(key) == KEY_BYTES + 1:
        return PublicKey(key[1:])
    if key[:1] == b"a" and len(key) > 1:
        return key[1:].decode()
    raise ValueError("the key of a note of strikes")


def _is_time(value: object) -> bool:
    return type(value) is int and 0 <= value <= INTEGER_MAX
