"""Curves of cost against a size, as SVG: a panel for each unit, both axes by powers of ten."""

import math
from html import escape
from typing import Final

from tests.bench.__main__ import figure_text
from tests.bench.goals import Panel, Picture, curve
from tests.bench.measured import Measured

PANEL_WIDTH: Final = 300
PANEL_HEIGHT: Final = 150
GAP: Final = 90
TOP: Final = 70
COLUMNS: Final = 3
COLOURS: Final = ("#36c", "#e80")

Curve = list[tuple[int, float]]


def draw(picture: Picture, measured: Measured) -> str:
    """Draw what was measured of *picture*; the same figures give the same. Nothing, where nothing was."""
    panels = [(panel, _curves(panel, measured)) for panel in picture.panels]
    shown = [(panel, curves, _unit(panel, measured)) for panel, curves in panels if any(curves)]
    if not shown:
        return ""
    columns, rows = min(COLUMNS, len(shown)), math.ceil(len(shown) / COLUMNS)
    width, height = columns * (PANEL_WIDTH + GAP) + 30, TOP + rows * (PANEL_HEIGHT + GAP)
    drawn = [
        line
        for number, (panel, curves, unit) in enumerate(shown)
        for line in _panel(picture, panel, curves, unit, *_corner(number))
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
            'font-size="12">',
            f'<rect width="{width}" height="{height}" fill="white"/>',
            _label(20, 26, picture.title),
            *drawn,
            "</svg>\n",
        ]
    )


def _curves(panel: Panel, measured: Measured) -> list[Curve]:
    return [curve(measured.rows(panel.part), label) for label, _ in panel.lines]


def _unit(panel: Panel, measured: Measured) -> str:
    label = panel.lines[0][0]
    return next((unit for name, _, unit in measured.rows(panel.part) if name.startswith(f"{label} at ")), "")


def _corner(number: int) -> tuple[int, int]:
    """Give the upper left corner of a panel."""
    return 60 + number % COLUMNS * (PANEL_WIDTH + GAP), TOP + number // COLUMNS * (PANEL_HEIGHT + GAP)


def _panel(picture: Picture, panel: Panel, curves: list[Curve], unit: str, left: int, top: int) -> list[str]:
    points = [point for each in curves for point in each]
    low, high = _decades([size for size, _ in points])
    least, most = _decades([figure for _, figure in points if figure > 0])
    bottom, right = top + PANEL_HEIGHT, left + PANEL_WIDTH

    def x(size: float) -> float:
        return left + PANEL_WIDTH * (math.log10(max(1, size)) - low) / (high - low)

    def y(figure: float) -> float:
        return bottom - PANEL_HEIGHT * (math.log10(max(10.0**least, figure)) - least) / (most - least)

    title = panel.title + (f", {unit}" if unit else "")
    lines = [
        _label(left, top - 12, title),
        f'<path d="M{left} {top}V{bottom}H{right}" fill="none" stroke="#444"/>',
        *(_label(x(10.0**at) - 8, bottom + 16, f"{10**at:,}") for at in range(low, high + 1)),
        *(_label(left - 52, y(10.0**at) + 4, figure_text(10.0**at)) for at in range(least, most + 1)),
        _label(left + PANEL_WIDTH / 2 - 20, bottom + 34, picture.size),
    ]
    for number, (each, (_, name)) in enumerate(zip(curves, panel.lines, strict=True)):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(f"{x(size):.1f},{y(figure):.1f}" for size, figure in each)
        lines.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for size, figure in each:
            hint = f"{size:,} {picture.size}: {figure_text(figure)} {unit}".strip()
            lines.append(
                f'<circle cx="{x(size):.1f}" cy="{y(figure):.1f}" r="3" fill="{colour}">'
                f"<title>{escape(hint)}</title></circle>"
            )
        if each:
            words = f"{name} {figure_text(each[-1][1])}".strip()
            lines.append(_label(x(each[-1][0]) - 30, y(each[-1][1]) - 8, words, colour))
    return lines


def _decades(values: list[float] | list[int]) -> tuple[int, int]:
    """Give the powers of ten between which *values* lie."""
    if not values:
        return 0, 1
    low = math.floor(math.log10(max(1e-6, min(values))))
    return low, max(low + 1, math.ceil(math.log10(max(1e-6, max(values)))))


def _label(x: float, y: float, words: str, colour: str = "#222") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" fill="{colour}">{escape(words)}</text>'
