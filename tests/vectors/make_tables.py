"""Writes what both languages must hold alike: limits.json (limits), and tables.json (transitions, weights, layouts).

Run it after a change of peerset/core/limits.py, of a machine's table, of a fault's weight or of a message's fields.
"""

import json
from collections.abc import ItemsView, Mapping
from enum import Enum
from pathlib import Path
from typing import Any, Final, get_args

from peerset.core import limits, message, wire
from peerset.protocol import batch, introductions, retention, session, strikes, sync

FOLDER: Final = Path(__file__).parent
Table = ItemsView[tuple[Enum, Any], Enum | None]
MACHINES: Final[Mapping[str, Table]] = {
    "session": session.TRANSITIONS.items(),
    "sync": sync.TRANSITIONS.items(),
    "batch": batch.TRANSITIONS.items(),
    "strikes": strikes.TRANSITIONS.items(),
    "retention": retention.TRANSITIONS.items(),
    "introductions": introductions.TRANSITIONS.items(),
}
"""Those that the page has too; dialing and binding are Trystero's there."""
CHOICES: Final = (message.Role, message.GoodbyeReason)


def make() -> dict[str, str]:
    """Give the text of each file by its name."""
    values = {name: value for name, value in vars(limits).items() if name.isupper()}
    return {"limits.json": json.dumps({"limits": values}, indent=1) + "\n", "tables.json": _tables()}


def _tables() -> str:
    parts: dict[str, Mapping[str, Any]] = {
        "transitions": {name: _transitions(table) for name, table in MACHINES.items()},
        "weights": {_name(fault): weight for fault, weight in strikes.WEIGHTS.items()},
        "layouts": {str(number): _layout(layout) for number, layout in wire.LAYOUTS.items()},
        "choices": {choice.__name__: {each.name: each.value for each in choice} for choice in CHOICES},
        "families": {
            "sync": [kind.__name__ for kind in get_args(message.SyncMessage)],
            "live": [kind.__name__ for kind in get_args(message.LiveMessage)],
            "introduction": [kind.__name__ for kind in get_args(message.IntroductionMessage)],
            "blob": [kind.__name__ for kind in get_args(message.BlobMessage)],
        },
    }
    # One entry a line, so that changes of different entries merge.
    tables = (f' "{part}": {{\n{_lines(rows)}\n }}' for part, rows in parts.items())
    return "{\n" + ",\n".join(tables) + "\n}\n"


def _lines(rows: Mapping[str, Any]) -> str:
    return ",\n".join(f'  "{name}": {json.dumps(row)}' for name, row in rows.items())


def _transitions(table: Table) -> dict[str, dict[str, str | None]]:
    """Give for each state what moves it where; None is the end."""
    rows: dict[str, dict[str, str | None]] = {}
    for (before, cause), after in table:
        rows.setdefault(_name(before), {})[_name(cause)] = None if after is None else _name(after)
    return {state: dict(sorted(row.items())) for state, row in sorted(rows.items())}


def _layout(layout: wire.Layout) -> dict[str, Any]:
    fields = {name: field.items_max for name, field in layout.fields.items()}
    return {"kind": layout.kind.__name__, "fields": fields, "bytes_max": layout.bytes_max}


def _name(member: Enum | type) -> str:
    """Name a state, a change or a fault in words, and a message by its class."""
    return member.name.lower().replace("_", " ") if isinstance(member, Enum) else member.__name__


if __name__ == "__main__":
    for name, text in make().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
