"""The pictures of ``peerset top`` in docs/images: ``python -m tests.cli.top_pictures`` draws them anew.

They show made-up rooms, so that each run draws the same.
"""

import asyncio
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Final

from peerset.cli.board import Board, Named
from peerset.cli.sight import DecisionRow, PeerRow, RoomRow, Sight

IMAGES: Final = Path(__file__).resolve().parents[2] / "docs" / "images"
NAMES: Final = ("top.svg", "top-room.svg")
ROOMS: Final = [
    RoomRow("peerset", "lobby", "open", "", 48_211, 14, 13, 0.084, 91_230_000, 44_100_000, 312, 3, 3),
    RoomRow("club", "garden", "open", "", 1_904, 3, 3, 0.051, 2_031_000, 1_870_000, 0, 3, 3),
    RoomRow("club", "late", "failed", "the disk is full"),
    RoomRow("peerset", "[red]odd[/red]\u202e", "open", "", 7, 1, 0, 0.2, 9_000, 7_000, 2, 3, 2, 1),
]
DECISIONS: Final = [
    DecisionRow(51_720, "peerset", "lobby", "! record 4bf1c2aa refused (links): a link to spam.example"),
    DecisionRow(51_734, "peerset", "lobby", "! strike for 9c31f00d (warned): more than was asked for"),
]
PEERS: Final = [
    PeerRow("9c31f00d12", "npub1qyqszqgp", "established", "direct", 0.051, is_synced=True, gained=311, given=40),
    PeerRow("77aa01bc34", "npub1q5pxz9lq", "established", "relayed", 0.084, is_synced=False, gained=12, given=1_600),
]
NOTES: Final = ["torrent wss://tracker.example open", "! disk: 3,900,000,000 of 4,294,967,296"]


async def draw(*, size: tuple[int, int] = (80, 24), into: Named | None = None) -> str:
    """Draw the board of these rooms, or of one of them, as SVG."""
    board = Still()
    async with board.run_test(size=size) as pilot:
        board.into = into
        near = into is not None
        board.draw(Sight(ROOMS, DECISIONS, PEERS if near else [], NOTES if near else []))
        await pilot.pause()
        return board.export_screenshot(title="peerset top")


class Still(Board):
    """Looks at no node."""

    def __init__(self) -> None:
        super().__init__(Path("nowhere"))

    async def look(self) -> None:
        """Look at nothing."""


def words(svg: str) -> list[str]:
    """Give the texts of a picture line by line, without what its fonts and ids are."""
    rows: dict[str, list[str]] = {}
    for y, text in re.findall(r'<text [^>]*y="([\d.]+)"[^>]*>(.*?)</text>', svg):
        rows.setdefault(y, []).append(unescape(text).replace("\xa0", " "))
    return [" ".join("".join(row).split()) for row in rows.values()]


def portable(svg: str) -> str:
    """Leave out what a reader would fetch from elsewhere, and number the ids anew."""
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    return re.sub(r"terminal-\d+", "terminal", svg)


async def pictures() -> "Iterator[tuple[str, str]]":
    """Give each picture by its name."""
    drawn = [await draw(), await draw(into=("peerset", "lobby"))]
    return zip(NAMES, map(portable, drawn), strict=True)


if __name__ == "__main__":
    for name, svg in asyncio.run(pictures()):
        (IMAGES / name).write_text(svg, "utf-8")
