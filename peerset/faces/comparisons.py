"""What a client of a relay compares with ours (NIP-77): which records match a filter, as they were when it began."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from peerset.errors import ConfigError, PeersetError, WireError
from peerset.faces import relay_wire
from peerset.faces.facade import Facade
from peerset.faces.filters import read_filter
from peerset.faces.limits import FaceLimits
from peerset.faces.negentropy import Bound, ItemSet, answer

PAGE_RECORDS: Final = 1_024


@dataclass(slots=True)
class _Comparison:
    """One that goes on; without items while they are read."""

    items: ItemSet | None = None
    timer: asyncio.TimerHandle | None = None


class Comparisons:
    """All that one client compares with *facade*; what there is to say goes to *tell*, and refusals to *count*, too."""

    def __init__(
        self, facade: Facade, limits: FaceLimits, tell: Callable[[str], object], count: Callable[[str], str]
    ) -> None:
        self._facade, self._limits, self._tell, self._count = facade, limits, tell, count
        self._open: dict[str, _Comparison] = {}

    async def begin(self, said: relay_wire.Compare) -> None:
        """Read what there is, and give the first answer."""
        self.end(said.name)
        if reason := self._refusal:
            self._tell(relay_wire.comparison_refused(said.name, self._count(reason)))
            return
        comparison = self._open[said.name] = _Comparison()
        self._facade.comparisons += 1
        try:
            items = await self._read(said)
        except ConfigError as error:
            self._refuse(said.name, f"unsupported: {error}")
        except PeersetError as error:
            self._refuse(said.name, f"error: {error}")
        else:
            if len(items) > self._limits.records_compared:
                self._refuse(said.name, "blocked: this query is too big", self._limits.records_compared)
            elif self._open.get(said.name) is comparison:
                comparison.items = items
                await self.go_on(said.name, said.message)

    async def go_on(self, name: str, message: str) -> None:
        """Answer what the client says of the comparison *name*."""
        comparison = self._open.get(name)
        if comparison is None or comparison.items is None:
            reason = self._count("closed: there is no comparison of this name")
            self._tell(relay_wire.comparison_refused(name, reason))
            return
        if comparison.timer is not None:
            comparison.timer.cancel()
        items = comparison.items
        try:
            # Others have their turn while much is compared.
            said = await self._facade.compare(lambda: answer(items, bytes.fromhex(message)))
        except (WireError, ValueError) as error:
            self._refuse(name, f"invalid: {error}")
            return
        if self._open.get(name) is comparison:
            loop = asyncio.get_running_loop()
            late = "closed: you took too long to respond"
            comparison.timer = loop.call_later(self._limits.comparison_seconds, self._refuse, name, late)
            self._tell(relay_wire.compared(name, said.hex()))

    def end(self, name: str) -> None:
        """Compare no more under *name*."""
        comparison = self._open.pop(name, None)
        if comparison is None:
            return
        self._facade.comparisons -= 1
        if comparison.timer is not None:
            comparison.timer.cancel()

    def close(self) -> None:
        """Compare nothing any more."""
        for name in list(self._open):
            self.end(name)

    @property
    def _refusal(self) -> str:
        """Why no other one may begin; empty where it may."""
        if len(self._open) >= self._limits.comparisons:
            return f"restricted: {self._limits.comparisons} comparisons are all that there may be at a time"
        if self._facade.comparisons >= self._limits.comparisons_in_all:
            return "blocked: too many compare what they have now; come back later"
        return ""

    def _refuse(self, name: str, reason: str, *more: int) -> None:
        self.end(name)
        self._tell(relay_wire.comparison_refused(name, self._count(reason), *more))

    async def _read(self, said: relay_wire.Compare) -> ItemSet:
        wanted = read_filter(said.filter, self._limits, by_default=self._limits.records_compared + 1)
        items = list[Bound]()
        async for page in self._facade.pages(wanted, size=PAGE_RECORDS):
            items += [(record.created_at, record.id) for record in page]
        return ItemSet(items)
