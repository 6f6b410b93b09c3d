"""Rooms whose name ends in a hash of their rules (docs/protocol.md, "Rooms named by their rules")."""

import re
from typing import Final

from peerset.core.rules import Rules
from peerset.errors import ConfigError

DIGITS: Final = 32
"""Hexadecimal digits of the rules id that a name holds: 128 bits of it."""

_BOUND: Final = re.compile(rf"~([0-9a-f]{{{DIGITS}}})\Z")


def bind(room: str, rules: Rules) -> str:
    """Give the name of *room* where only those meet who have *rules*."""
    return f"{room}~{rules.id.hex()[:DIGITS]}"


def is_bound(room: str) -> bool:
    """Say whether the name *room* ends in a hash of rules."""
    return _BOUND.search(room) is not None


def check_bound(room: str, rules: Rules) -> None:
    """Make sure that *rules* are those that the name *room* says, if it says any.

    Raises:
        ConfigError: they are others.

    """
    found = _BOUND.search(room)
    if found is not None and found[1] != rules.id.hex()[:DIGITS]:
        raise ConfigError(
            f"the name of the room {room!r} says which rules it has, and ours are others, {rules.id.hex()[:DIGITS]}: "
            "give the policies and the retention that it was made for"
        )
