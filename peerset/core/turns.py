"""What waits in lanes, which are served in turn: whoever has much waiting delays itself."""

from collections import OrderedDict, deque
from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class Turns(Generic[K, T]):
    """A queue of lanes, each in the order of its own; that of None goes before all others."""

    def __init__(self) -> None:
        self._first: deque[T] = deque()
        self._lanes: OrderedDict[K, deque[T]] = OrderedDict()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[T]:
        """Give what waits, lane by lane."""
        yield from self._first
        for lane in self._lanes.values():
            yield from lane

    def put(self, key: K | None, item: T) -> None:
        """Append *item* to the lane of *key*."""
        self._count += 1
        if key is None:
            self._first.append(item)
        elif (lane := self._lanes.get(key)) is not None:
            lane.append(item)
        else:
            self._lanes[key] = deque((item,))

    @property
    def next(self) -> T | None:
        """What `take` would give."""
        if self._first:
            return self._first[0]
        return next(iter(self._lanes.values()))[0] if self._lanes else None

    def take(self) -> T:
        """Take what is next out; the lane it was in goes behind all others."""
        self._count -= 1
        if self._first:
            return self._first.popleft()
        key, lane = next(iter(self._lanes.items()))
        item = lane.popleft()
        if lane:
            self._lanes.move_to_end(key)
        else:
            del self._lanes[key]
        return item

    def give_up(self) -> T:
        """Take out what came last in the last lane."""
        self._count -= 1
        if not self._lanes:
            return self._first.pop()
        key, lane = next(reversed(self._lanes.items()))
        item = lane.pop()
        if not lane:
            del self._lanes[key]
        return item
