"""Draws the machines' tables of transitions as state diagrams (Mermaid), for docs/protocol.md."""

from collections.abc import ItemsView, Mapping
from enum import Enum
from typing import Final

from peerset.protocol import batch, dials, introductions, session, strikes, sync
from peerset.transports import binding

Table = ItemsView[tuple[Enum, object], Enum | None]

MACHINES: Final[Mapping[str, tuple[Enum, Table]]] = {
    "session": (session.State.GREETED, session.TRANSITIONS.items()),
    "sync": (sync.State.IDLE, sync.TRANSITIONS.items()),
    "batch": (batch.State.VERIFYING, batch.TRANSITIONS.items()),
    "dial": (dials.DialState.IDLE, dials.TRANSITIONS.items()),
    "introductions": (introductions.AskState.FRESH, introductions.TRANSITIONS.items()),
    "strikes": (strikes.StrikeState.CLEAR, strikes.TRANSITIONS.items()),
    "binding": (binding.State.PROVING, binding.TRANSITIONS.items()),
}
"""For each diagram where its machine begins, and its table."""


def draw(name: str) -> str:
    """Draw the machine *name*: one arrow for each pair of states, with all that leads from one to the other."""
    start, table = MACHINES[name]
    arrows: dict[tuple[str, str], list[str]] = {}
    for (before, cause), after in table:
        target = "[*]" if after is None else after.name
        arrows.setdefault((before.name, target), []).append(_name(cause))
    everything = {_name(cause) for (_, cause), _ in table}
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {start.name}"]
    for (source, target), causes in arrows.items():
        label = "anything" if set(causes) == everything else ", ".join(causes)
        lines.append(f"    {source} --> {target}: {label}")
    return "\n".join([*lines, "```"])


def _name(cause: object) -> str:
    return cause.name if isinstance(cause, Enum) else getattr(cause, "__name__", str(cause))
