"""Faults of peers, and what they cost: warnings, bans, and their fading (docs/protocol.md, "Strikes")."""

import heapq
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, IntEnum, auto
from typing import Final

from peerset.core.clock import Moment, Monotonic, UnixTime
from peerset.core.keys import KEY_BYTES, PublicKey
from peerset.core.limits import (
    BAN_SECONDS,
    STRIKE_ADDRESS_PART,
    STRIKE_EVICTED_KEYS,
    STRIKE_HALF_LIFE_SECONDS,
    STRIKE_KEYS_MAX,
    STRIKES_BANNED,
    STRIKES_WARNED,
)

Subject = PublicKey | str
"""Whom a strike is counted against: a proven key, or the network address of a peer that has proven none."""


class StrikeState(IntEnum):
    """How we treat a subject; the order is by gravity."""

    CLEAR = 0
    """Nothing to hold against it, or long ago."""
    WARNED = 1
    """Faults were counted; it is still served."""
    BANNED = 2
    """Its sessions are closed and refused until the ban ends."""


class Fault(Enum):
    """What a peer can do wrong."""

    MALFORMED = "malformed"
    """Bytes that are no message, or a record that breaks the rules."""
    WRONG_STATE = "wrong state"
    """A message that its session's state does not allow."""
    BAD_PROOF = "bad proof"
    FORGED_SIGNATURE = "forged signature"
    WRONG_ROOM = "wrong room"
    """A record of another room."""
    FLOOD = "flood"
    """More than any limit allows."""
    LYING = "lying"
    """Ranges or counts that cannot be true."""


WEIGHTS: Final[Mapping[Fault, float]] = {
    # Only a liar can do these: an honest peer verifies before it passes anything on.
    Fault.BAD_PROOF: 5.0,
    Fault.FORGED_SIGNATURE: 4.0,
    # A bug of another program looks the same, so a few are forgiven.
    Fault.MALFORMED: 2.5,
    Fault.WRONG_STATE: 2.5,
    Fault.WRONG_ROOM: 2.0,
    Fault.LYING: 2.0,
    # More than was granted: who counts wrongly does it a few times.
    Fault.FLOOD: 1.0,
}


class Change(Enum):
    """What moves a subject from one state to another."""

    WARN = auto()
    """Its points reached `STRIKES_WARNED`."""
    BAN = auto()
    """Its points reached `STRIKES_BANNED`, or the user banned it."""
    FADE = auto()
    """Its points fell below `STRIKES_WARNED`."""
    LIFT = auto()
    """Its ban ended, or the user lifted it."""


TRANSITIONS: Final[Mapping[tuple[StrikeState, Change], StrikeState]] = {
    (StrikeState.CLEAR, Change.WARN): StrikeState.WARNED,
    (StrikeState.CLEAR, Change.BAN): StrikeState.BANNED,
    (StrikeState.WARNED, Change.BAN): StrikeState.BANNED,
    (StrikeState.WARNED, Change.FADE): StrikeState.CLEAR,
    (StrikeState.BANNED, Change.BAN): StrikeState.BANNED,
    (StrikeState.BANNED, Change.LIFT): StrikeState.CLEAR,
}


@dataclass(frozen=True, slots=True)
class SavedStrike:
    """One subject's account as it survives a restart: on the wall clock, for a monotonic clock does not."""

    subject: Subject
    points: float
    at: UnixTime
    banned_until: UnixTime | None


@dataclass(slots=True)
class _Account:
    """Points as they were *at* a time; they halve every `STRIKE_HALF_LIFE_SECONDS`."""

    points: float
    at: Monotonic
    state: StrikeState = StrikeState.CLEAR
    banned_until: Monotonic | None = None
    """Set while BANNED."""

    def settle(self, now: Monotonic) -> None:
        """Let the points fade, and a ban end, up to *now*."""
        if self.banned_until is not None:
            if now < self.banned_until:
                return
            self._lift()
        elapsed_seconds = max(0.0, now - self.at)
        self.points *= math.pow(0.5, elapsed_seconds / STRIKE_HALF_LIFE_SECONDS)
        self.at = now
        if self.state is StrikeState.WARNED and self.points < STRIKES_WARNED:
            self._enter(Change.FADE)

    def add(self, points: float, now: Monotonic) -> None:
        """Count *points*; a ban that runs is neither lengthened nor shortened by them."""
        self.settle(now)
        if self.state is StrikeState.BANNED:
            return
        self.points += points
        if self.points >= STRIKES_BANNED:
            self.ban(BAN_SECONDS, now)
        elif self.points >= STRIKES_WARNED and self.state is StrikeState.CLEAR:
            self._enter(Change.WARN)

    def ban(self, seconds: float, now: Monotonic) -> None:
        """Ban for *seconds* from *now*; the points are paid by the ban."""
        self._enter(Change.BAN)
        self.points = 0.0
        self.banned_until = Monotonic(now + seconds)

    def lift(self, now: Monotonic) -> None:
        """End the ban, if there is one."""
        self.settle(now)
        if self.banned_until is not None:
            self.at = now
            self._lift()

    def _lift(self) -> None:
        self.banned_until = None
        self._enter(Change.LIFT)

    def _enter(self, change: Change) -> None:
        self.state = TRANSITIONS[self.state, change]

    @property
    def worth(self) -> tuple[StrikeState, float, float, Monotonic]:
        """How much is lost by forgetting this account; bans weigh most, those that end last above all."""
        return (self.state, self.banned_until or 0.0, self.points, self.at)


class Strikes:
    """The accounts of all subjects: keys and addresses, each in a table of at most `STRIKE_KEYS_MAX`.

    A state depends on time alone between two calls, so there is nothing to tick: every question settles the
    account it asks about.
    """

    def __init__(self) -> None:
        self._keys: dict[Subject, _Account] = {}
        self._addresses: dict[Subject, _Account] = {}

    def count(self, subject: Subject, fault: Fault, now: Moment, *, times: float = 1) -> StrikeState:
        """Count *fault* against *subject*, so many *times*; give the state after it."""
        account = self._open(subject, now.monotonic)
        account.add(WEIGHTS[fault] * times, now.monotonic)
        return account.state

    def blame(self, key: PublicKey, address: str, fault: Fault, now: Moment, *, times: int = 1) -> StrikeState:
        """Count *fault* against a peer's proven *key* and its *address* (empty: unknown); give the graver state.

        Many share an address: it bears a part of what leads to a ban of the key, and nothing of what comes after.
        """
        counted = 0.0 if self.is_banned(key, now) else min(times, STRIKES_BANNED / WEIGHTS[fault])
        counted *= STRIKE_ADDRESS_PART
        state = self.count(key, fault, now, times=times)
        if address and counted:
            state = max(state, self.count(address, fault, now, times=counted))
        return state

    def ban(self, subject: Subject, seconds: float, now: Moment) -> StrikeState:
        """Ban *subject* for *seconds* from now, or lift its ban with 0; give the state after it."""
        if seconds <= 0:
            account = self._table(subject).get(subject)
            if account is not None:
                account.lift(now.monotonic)
            return StrikeState.CLEAR if account is None else account.state
        account = self._open(subject, now.monotonic)
        account.settle(now.monotonic)
        account.ban(seconds, now.monotonic)
        return account.state

    def state(self, subject: Subject, now: Moment) -> StrikeState:
        """Give the state of *subject*; strangers are clear."""
        account = self._table(subject).get(subject)
        if account is None:
            return StrikeState.CLEAR
        account.settle(now.monotonic)
        return account.state

    def is_banned(self, subject: Subject, now: Moment) -> bool:
        """Say whether *subject* is banned."""
        return self.state(subject, now) is StrikeState.BANNED

    def snapshot(self, now: Moment) -> tuple[SavedStrike, ...]:
        """Give every account worth keeping over a restart: the warned and the banned."""
        saved = []
        for table in (self._keys, self._addresses):
            for subject, account in table.items():
                account.settle(now.monotonic)
                if account.state is not StrikeState.CLEAR:
                    saved.append(_save(subject, account, now))
        return tuple(saved)

    def restore(self, saved: Iterable[SavedStrike], now: Moment) -> None:
        """Take up accounts of an earlier life; what makes no sense in them is left out."""
        for strike in saved:
            if not _is_sane(strike):
                continue
            account = self._open(strike.subject, now.monotonic)
            account.settle(now.monotonic)
            age_seconds = max(0, now.unix - strike.at)
            account.add(strike.points * math.pow(0.5, age_seconds / STRIKE_HALF_LIFE_SECONDS), now.monotonic)
            if strike.banned_until is not None and strike.banned_until > now.unix:
                account.ban(strike.banned_until - now.unix, now.monotonic)

    def __len__(self) -> int:
        return len(self._keys) + len(self._addresses)

    def _table(self, subject: Subject) -> dict[Subject, _Account]:
        return self._keys if isinstance(subject, bytes) else self._addresses

    def _open(self, subject: Subject, now: Monotonic) -> _Account:
        table = self._table(subject)
        if subject not in table:
            if len(table) >= STRIKE_KEYS_MAX:
                _evict(table, now)
            table[subject] = _Account(0.0, now)
        return table[subject]


def _evict(table: dict[Subject, _Account], now: Monotonic) -> None:
    """Forget the accounts of least worth, several at once, so that a flood of fresh keys stays cheap.

    While any account is not banned, no ban is forgotten.
    """
    for account in table.values():
        account.settle(now)
    least = heapq.nsmallest(STRIKE_EVICTED_KEYS, table.items(), key=lambda item: item[1].worth)
    are_bans_spared = least[0][1].state is not StrikeState.BANNED
    for subject, account in least:
        if not (are_bans_spared and account.state is StrikeState.BANNED):
            del table[subject]


def _save(subject: Subject, account: _Account, now: Moment) -> SavedStrike:
    if account.banned_until is None:
        return SavedStrike(subject, account.points, now.unix, None)
    left_seconds = math.ceil(account.banned_until - now.monotonic)
    return SavedStrike(subject, account.points, now.unix, UnixTime(now.unix + left_seconds))


def _is_sane(strike: SavedStrike) -> bool:
    is_subject = isinstance(strike.subject, str) or len(strike.subject) == KEY_BYTES
    return is_subject and 0.0 <= strike.points < STRIKES_BANNED
