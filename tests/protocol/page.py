"""The parts of docs/protocol.md that are made from the code; ``python -m tests.protocol.page`` writes them anew.

Each stands between ``<!-- made: name -->`` and ``<!-- end -->``.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import peerset.core.limits
from tests.protocol.diagrams import MACHINES, draw
from tests.protocol.example import show

ROOT: Final = Path(__file__).resolve().parents[2]
PAGE: Final = ROOT / "docs" / "protocol.md"
LIMITS: Final = ROOT / "peerset" / "core" / "limits.py"
BLOCK: Final = re.compile(r"(?<=<!-- made: )([a-z]+)( -->\n)(.*?)(?=<!-- end -->)", re.DOTALL)
MEANING: Final = re.compile(r"^\| `([A-Z_]+)` \| [^|]* \| (.*?) \|$", re.MULTILINE)
UNWRITTEN: Final = "?"


def blocks(text: str) -> dict[str, str]:
    """Give the made parts of the page *text*, by name."""
    return {name: body for name, _, body in BLOCK.findall(text)}


def make(name: str, text: str) -> str:
    """Make the part *name* of the page *text*, out of which the meanings of limits are kept."""
    if name in MACHINES:
        return draw(name) + "\n"
    if name == "example":
        return show() + "\n"
    assert name == "limits", name
    return "\n".join(_limits(dict(MEANING.findall(text)))) + "\n"


def renew(text: str) -> str:
    """Give the page *text* with all its made parts made anew."""
    return BLOCK.sub(lambda found: f"{found[1]}{found[2]}{make(found[1], text)}", text)


def limits() -> Iterator[tuple[str, str]]:
    """Give (section, name) of every limit, in order."""
    source = LIMITS.read_text("utf-8")
    lines = source.splitlines()
    for node in ast.parse(source).body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            comments = [line for line in lines[: node.lineno] if line.startswith("# ")]
            yield re.sub(r" \(docs.*|\.$", "", comments[-1].removeprefix("# ")), node.target.id


def _limits(meanings: dict[str, str]) -> Iterator[str]:
    previous = ""
    for section, name in limits():
        if section != previous:
            yield from ("", f"### {section}", "", "| Limit | Figure | Meaning |", "|---|---|---|")
        previous = section
        yield f"| `{name}` | {getattr(peerset.core.limits, name):,} | {meanings.get(name, UNWRITTEN)} |"


if __name__ == "__main__":
    PAGE.write_text(renew(PAGE.read_text("utf-8")), "utf-8")
