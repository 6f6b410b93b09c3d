"""What neighbours are given in rounds of sync and when they fetch, and how much of that they may have.

Each key has as much as our set is large, and something more an hour. Who was given all of it and then says that it has
none waits, each time twice as long. None of this is a fault: it is only slower (docs/protocol.md, "Giving").
"""

from collections import OrderedDict
from collections.abc import Iterable

from peerset.core.allowance import Allowance
from peerset.core.clock import HOUR_SECONDS, Moment, Monotonic
from peerset.core.keys import PublicKey
from peerset.core.limits import GIVEN_BYTES_PER_HOUR, GIVEN_KEYS_MAX, GIVEN_WAIT_MAX_SECONDS, GIVEN_WAIT_SECONDS
from peerset.core.merkle import Index
from peerset.core.record import Record
from peerset.protocol.health import Bite, Budget


class _Account:
    """What one key was given, whatever the number of its sessions."""

    def __init__(self) -> None:
        self.given = 0
        """Bytes, up to those of our set."""
        self.beyond = Allowance(GIVEN_BYTES_PER_HOUR / HOUR_SECONDS, GIVEN_BYTES_PER_HOUR)
        """What it may have beyond that."""

    def spend(self, size: int, set_bytes: int) -> None:
        """Note that it was given *size* bytes of a set of *set_bytes*."""
        free = min(size, max(0, set_bytes - self.given))
        self.given += free
        self.beyond.take(size - free)


class Giving:
    """The accounts of the latest `GIVEN_KEYS_MAX` keys; the records of our set, *index*, take *set_bytes* at first."""

    def __init__(self, index: Index, set_bytes: int = 0) -> None:
        self._index = index
        self._records, self._bytes = len(index), set_bytes
        """All that were ever in it."""
        self._accounts: OrderedDict[PublicKey, _Account] = OrderedDict()
        self._waiting: set[Purse] = set()
        self._bite = Bite()

    def purse(self, key: PublicKey, now: Moment) -> "Purse":
        """Give what says how much *key* may have, for one session."""
        account = self._accounts.setdefault(key, _Account())
        # What is spent from now on is made good from now on.
        account.beyond.left(now.monotonic)
        self._accounts.move_to_end(key)
        if len(self._accounts) > GIVEN_KEYS_MAX:
            self._accounts.popitem(last=False)
        return Purse(self, account)

    @property
    def set_bytes(self) -> int:
        """About how large our set is: what went was as large as what is left."""
        return self._bytes * len(self._index) // max(self._records, 1)

    def grow(self, records: Iterable[Record]) -> None:
        """Note that *records* are new in our set, but for ephemeral ones."""
        sizes = [len(record.wire) for record in records if not record.is_ephemeral]
        self._records += len(sizes)
        self._bytes += sum(sizes)

    def count(self, names: int) -> None:
        """Note that so many *names* are new in our set, or fewer, of which there is nothing to give."""
        self._records += names

    def budget(self, now: Moment) -> Budget:
        """Say how much who has least left took beyond the set; bites while somebody waits."""
        self._waiting = {purse for purse in self._waiting if not purse.is_open(now)}
        if not self._waiting:
            self._bite.ease()
        least = min(
            (account.beyond.left(now.monotonic) for account in self._accounts.values()), default=GIVEN_BYTES_PER_HOUR
        )
        return self._bite.budget("given", round(GIVEN_BYTES_PER_HOUR - least), GIVEN_BYTES_PER_HOUR)

    def refuse(self, purse: "Purse", now: Moment) -> None:
        """Note that there was something to give for which *purse* is closed."""
        self._waiting.add(purse)
        self._bite.bite(now.unix)

    def leave(self, purse: "Purse") -> None:
        """Wait no more for *purse*: its session ended."""
        self._waiting.discard(purse)


class Purse:
    """What one session may be given, out of the *account* of its key with *giving*."""

    def __init__(self, giving: Giving, account: _Account) -> None:
        self._giving = giving
        self._account = account
        self._given_since = 0
        """Bytes given since the neighbour last had to wait for having nothing."""
        self._wait = GIVEN_WAIT_SECONDS
        self._closed_until = Monotonic(float("-inf"))

    def is_open(self, now: Moment) -> bool:
        """Say whether the neighbour may be given something."""
        if now.monotonic < self._closed_until:
            return False
        return self._account.given < self._giving.set_bytes or self._account.beyond.left(now.monotonic) > 0

    def admits(self, now: Moment) -> bool:
        """Say the same of what is to be given now, and note when it is not."""
        is_open = self.is_open(now)
        if not is_open:
            self._giving.refuse(self, now)
        return is_open

    def spend(self, size: int) -> None:
        """Note that *size* bytes are given."""
        self._given_since += size
        self._account.spend(size, self._giving.set_bytes)

    def said(self, count: int, now: Monotonic) -> None:
        """Note that the neighbour says to have *count* records of those that a round compares."""
        if count:
            self._wait = GIVEN_WAIT_SECONDS
        elif self._given_since and self._given_since >= self._giving.set_bytes:
            self._closed_until = Monotonic(now + self._wait)
            self._wait = min(2 * self._wait, GIVEN_WAIT_MAX_SECONDS)
            self._given_since = 0

    def leave(self) -> None:
        """End with the session."""
        self._giving.leave(self)
