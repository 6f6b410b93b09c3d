"""UTC days that a rule about days has to look at, told by sums: of all others nothing is read and nothing is held.

A set rule whose groups are UTC days may have a method ``fits``, which is given what one author wrote on a day, and what
all did, and says whether it is sure to keep all of it (`peerset.ports.DayRule`).
"""

import asyncio
import logging
from array import array
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final

from peerset.core.bucket import day_of
from peerset.core.day_sum import DaySum, sums_of
from peerset.core.keys import PublicKey
from peerset.core.record import Record
from peerset.errors import StoreError
from peerset.ports import DayRule

EVERYBODY = PublicKey(b"")
"""Stands for all authors of a day."""

Load = Callable[[int], Awaitable[Sequence[Record]]]
"""Gives the records of a day."""

FIGURES: Final = 3
"""Of a sum, beside its day and author."""

TAKEN_AT_ONCE: Final = 128
"""Records of a day between which others have no turn."""

logger = logging.getLogger(__name__)


class Days:
    """The days of one room."""

    def __init__(self, rules: Sequence[DayRule]) -> None:
        self._rules = tuple(rules)
        self._sums: dict[int, _Totals] = {}
        self._opened: set[int] = set()
        self._due: dict[int, None] = {}
        self.wake = asyncio.Event()
        """A day came to be looked at."""

    def begin(self, sums: Sequence[DaySum]) -> None:
        """Take the *sums* of a day that is here at first."""
        if self._rules and sums:
            day = sums[0].day
            self._sums[day] = _Totals(day, sums)
            self._look(day, sums)

    def add(self, records: Iterable[Record]) -> None:
        """Count new members."""
        for one in sums_of(records) if self._rules else ():
            self._count(one)

    def forget_before(self, before: int) -> None:
        """Let all whole days before *before* go."""
        first = day_of(before)
        self._sums = {day: of_day for day, of_day in self._sums.items() if day >= first}
        self._opened = {day for day in self._opened if day >= first}
        self._due = {day: None for day in self._due if day >= first}

    def is_opened(self, record: Record) -> bool:
        """Say whether the day of *record* has to be looked at."""
        # Asked of every record, and mostly no day has to be.
        return bool(self._opened) and day_of(record.created_at) in self._opened

    @property
    def has_due(self) -> bool:
        """Some day is still to be opened."""
        return bool(self._due)

    def open_next(self) -> int:
        """Open the first day that is due, and give it."""
        day = next(iter(self._due))
        del self._due[day]
        self._opened.add(day)
        return day

    def put_back(self, day: int) -> None:
        """Open it later: it could not be read."""
        self._opened.discard(day)
        self._due[day] = None

    def _look(self, day: int, authors: Sequence[DaySum]) -> None:
        """Have a day looked at, unless every rule is sure to keep all that *authors* wrote on it."""
        whole = self._sums[day].of(EVERYBODY)
        if not all(_fits(rule, one, whole) for rule in self._rules for one in authors):
            self._due[day] = None
            self.wake.set()

    def _count(self, one: DaySum) -> None:
        # What goes is not taken away: the sums say too much then, and a day is looked at that need not be.
        totals = self._sums.get(one.day)
        if totals is None:
            totals = self._sums[one.day] = _Totals(one.day)
        totals.add(one)
        if one.day not in self._opened and one.day not in self._due:
            self._look(one.day, [totals.of(one.author)])


class _Totals:
    """The sums of one day: a column, for a room of many authors holds tens of thousands, each a `DaySum` when asked."""

    __slots__ = ("_day", "_figures", "_places")

    def __init__(self, day: int, sums: Iterable[DaySum] = ()) -> None:
        self._day = day
        self._places = {EVERYBODY: 0}
        self._figures = array("q", bytes(FIGURES * array("q").itemsize))
        """Size, records and names of each author, at the place of all three."""
        for one in sums:
            self.add(one)

    def add(self, one: DaySum) -> None:
        """Add *one* to what its author wrote, and to what all did."""
        figures = self._figures
        at = self._places.setdefault(one.author, len(self._places)) * FIGURES
        if at == len(figures):
            figures.extend((0, 0, 0))
        for place in (0, at):
            figures[place] += one.size
            figures[place + 1] += one.records
            figures[place + 2] += one.names

    def of(self, author: PublicKey) -> DaySum:
        """Give what *author* wrote, who wrote something."""
        at = self._places[author] * FIGURES
        return DaySum(self._day, author, *self._figures[at : at + FIGURES])


class Opener:
    """Reads the days that are due, by *load*, and gives them to *take*, some records at a time.

    *begin* is called before a day is read, and *end* once all of it was taken.
    """

    def __init__(
        self,
        days: Days,
        load: Load,
        *,
        begin: Callable[[], None],
        take: Callable[[Sequence[Record]], None],
        end: Callable[[], None],
    ) -> None:
        self._days = days
        self._load = load
        self._begin = begin
        self._take = take
        self._end = end
        self._lock = asyncio.Lock()

    async def settle(self) -> None:
        """Read all that is due.

        Raises:
            StoreError: the store cannot be read.

        """
        if not self._days.has_due and not self._lock.locked():
            return
        async with self._lock:
            while self._days.has_due:
                await self._open_next()

    async def run(self, stir: Callable[[], None]) -> None:
        """Read what becomes due, for ever; *stir* is called after each time."""
        while True:
            await self._days.wake.wait()
            self._days.wake.clear()
            try:
                await self.settle()
            except StoreError as error:
                logger.warning("a day that a budget is about could not be read: %s", error)
            stir()

    async def _open_next(self) -> None:
        day = self._days.open_next()
        self._begin()
        try:
            records = await self._load(day)
        except StoreError:
            self._days.put_back(day)
            raise
        for start in range(0, len(records), TAKEN_AT_ONCE):
            self._take(records[start : start + TAKEN_AT_ONCE])
            # Whoever flooded a day shall not hold up the room while it is looked at.
            await asyncio.sleep(0)
        self._end()


def _fits(rule: DayRule, author: DaySum, whole: DaySum) -> bool:
    try:
        return rule.fits(author, whole)
    except Exception:  # noqa: BLE001 - a stranger's code may raise anything; then the day is looked at
        return False
