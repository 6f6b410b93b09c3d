"""The picture of a run of a large swarm, as SVG: who has whom, and how far a record has come by time."""

import math
import random
from bisect import bisect_right
from collections import Counter
from html import escape
from typing import Final, TypeVar

from peerset.testing.figures import Figures, Snapshot

WIDTH: Final = 960
HEIGHT: Final = 520
CENTRE: Final = (250.0, 270.0)
RADIUS: Final = 215.0
LEFT: Final = 560
PANEL: Final = 360
PANEL_HEIGHT: Final = 170
TOPS: Final = (60, 310)
POINTS: Final = 100
EDGES_MAX: Final = 3_000
"""More are thinned out, and so are members; the picture says so."""
MEMBERS_MAX: Final = 1_500
SCALE: Final = ("#0b5", "#7b0", "#cb0", "#e80", "#d30")
"""Colours of members, from the first that a record reached to the last."""
HOSTILE: Final = "#222"
UNREACHED: Final = "#bbb"

Point = tuple[float, float]
Item = TypeVar("Item")


def draw(figures: Figures) -> str:
    """Draw *figures*; the same give the same picture."""
    hostile = figures.members - figures.honest
    title = f"{figures.members:,} members" + (f", {hostile:,} of them hostile" if hostile else "")
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
            'font-size="12">',
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
            _label(20, 24, f"{title}, seed {figures.seed}: in a circle by network, coloured by when a record came"),
            *_ring(figures.snapshot),
            *_deliveries(figures),
            *_degrees(figures),
            "</svg>\n",
        ]
    )


def _ring(snapshot: Snapshot) -> list[str]:
    """Draw members on a circle, those of one network side by side, and who has whom."""
    numbers = sorted(range(len(snapshot.networks)), key=lambda number: (snapshot.networks[number], number))
    shown = _thin(numbers, MEMBERS_MAX)
    places = {number: _place(at, len(shown)) for at, number in enumerate(shown)}
    edges = [(one, other) for one, other in snapshot.edges if one in places and other in places]
    drawn = _thin(edges, EDGES_MAX)
    size = max(1.2, min(6.0, 400.0 / max(1, len(shown))))
    lines = " ".join(f"M{_at(places[one])}L{_at(places[other])}" for one, other in drawn)
    dots = [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size:.1f}" fill="{_colour(snapshot, number)}"/>'
        for number, (x, y) in places.items()
    ]
    words = f"{len(drawn):,} of {len(snapshot.edges):,} channels, {len(shown):,} of {len(numbers):,} members drawn"
    return [
        f'<path d="{lines}" stroke="#36c" stroke-opacity="0.15" stroke-width="0.5" fill="none"/>',
        *dots,
        _label(20, HEIGHT - 8, words + "; black: hostile, grey: not reached"),
    ]


def _thin(items: list[Item], most: int) -> list[Item]:
    """Draw *most* of *items* by chance that is always the same, in their order."""
    if len(items) <= most:
        return items
    return [items[at] for at in sorted(random.Random(0).sample(range(len(items)), most))]


def _place(at: int, count: int) -> Point:
    turn = math.tau * at / max(1, count)
    return CENTRE[0] + RADIUS * math.sin(turn), CENTRE[1] - RADIUS * math.cos(turn)


def _at(point: Point) -> str:
    return f"{point[0]:.0f} {point[1]:.0f}"


def _colour(snapshot: Snapshot, number: int) -> str:
    if number in snapshot.hostile:
        return HOSTILE
    arrival = snapshot.arrivals.get(number)
    if arrival is None:
        return UNREACHED
    longest = max(snapshot.arrivals.values())
    return SCALE[min(len(SCALE) - 1, int(len(SCALE) * arrival / (longest or 1.0)))]


def _deliveries(figures: Figures) -> list[str]:
    """Draw how large a part of the deliveries happened within which time."""
    top, bottom = TOPS[0], TOPS[0] + PANEL_HEIGHT
    longest = max(1.0, figures.delivery(1.0))
    path = []
    for step in range(POINTS + 1):
        seconds = longest * step / POINTS
        part = bisect_right(figures.seconds, seconds) / max(1, len(figures.seconds)) * figures.reached
        path.append(f"{LEFT + PANEL * step / POINTS:.1f},{bottom - PANEL_HEIGHT * part:.1f}")
    goal = LEFT + PANEL / longest
    return [
        *_axes(top, "members that have a record, by seconds since it was written", "0", f"{longest:.1f} s"),
        f'<path d="M{goal:.1f} {top}V{bottom}" stroke="#bbb" stroke-dasharray="4"/>',
        f'<polyline points="{" ".join(path)}" fill="none" stroke="#0a6" stroke-width="2"/>',
    ]


def _degrees(figures: Figures) -> list[str]:
    """Draw how many members have how many neighbours."""
    top, bottom = TOPS[1], TOPS[1] + PANEL_HEIGHT
    counts = Counter(figures.degrees)
    most, widest = max(counts.values(), default=1), max(counts, default=0) + 1
    bars = []
    for degree, count in sorted(counts.items()):
        x, height = LEFT + PANEL * degree / widest, PANEL_HEIGHT * count / most
        bars.append(
            f'<rect x="{x:.1f}" y="{bottom - height:.1f}" width="{PANEL / widest * 0.9:.1f}" height="{height:.1f}" '
            'fill="#36c"/>'
        )
    return [*_axes(top, "members, by how many neighbours they have", "0", str(widest - 1)), *bars]


def _axes(top: int, name: str, first: str, last: str) -> list[str]:
    bottom = top + PANEL_HEIGHT
    return [
        f'<path d="M{LEFT} {top}V{bottom}H{LEFT + PANEL}" fill="none" stroke="#444"/>',
        _label(LEFT, top - 8, name),
        _label(LEFT, bottom + 16, first),
        _label(LEFT + PANEL - 24, bottom + 16, last),
    ]


def _label(x: int, y: int, words: str) -> str:
    return f'<text x="{x}" y="{y}" fill="#222">{escape(words)}</text>'
