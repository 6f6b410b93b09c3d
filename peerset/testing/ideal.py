"""How fast records could go over the links that a swarm has: what the delays of a run are compared with."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from heapq import heappop, heappush

Links = Mapping[int, Sequence[int]]
"""To whom each member has a link."""


def links_of(edges: Iterable[tuple[int, int]]) -> Links:
    """Give the links of each member that has any."""
    links: dict[int, list[int]] = {}
    for one, other in edges:
        links.setdefault(one, []).append(other)
        links.setdefault(other, []).append(one)
    return links


def tree_of(links: Links, root: int) -> Links:
    """Give the links of a tree by which everybody in reach is as few links from *root* as can be."""
    edges: list[tuple[int, int]] = []
    reached = {root}
    order = [root]
    for member in order:
        for other in links.get(member, ()):
            if other not in reached:
                reached.add(other)
                order.append(other)
                edges.append((member, other))
    return links_of(edges)


def flood(
    links: Links, authors: Iterable[int], *, way: Callable[[], float], work: Callable[[], float]
) -> tuple[float, ...]:
    """Give how many seconds each delivery takes, ascending, when everybody tells all others of *links* at once.

    *way* gives the seconds of one link, *work* those that a member takes before it tells others.
    """
    return tuple(sorted(took for author in authors for took in _spread(links, author, way, work)))


def _spread(links: Links, author: int, way: Callable[[], float], work: Callable[[], float]) -> Iterable[float]:
    had: dict[int, float] = {}
    told = [(0.0, author)]
    while told:
        at, member = heappop(told)
        if member in had:
            continue
        had[member] = at + work()
        for other in links.get(member, ()):
            if other not in had:
                heappush(told, (had[member] + way(), other))
    return had.values()
