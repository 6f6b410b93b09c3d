"""How the schema of a room is called in a database that several nodes share."""

import re
from typing import Final

from peerset.core.signal import RoomName

PREFIX: Final = "peerset"
"""With this the names of schemas begin, if the address of the database names no other."""
PREFIX_CHARACTERS_MAX: Final = 24

_SLUG_CHARACTERS: Final = 20
_DIGITS: Final = 12


def room_schema(prefix: str, name: RoomName) -> str:
    """Give the schema of the room *name*: part of its name, for people, and of its tag, so that no two have one."""
    slug = re.sub("[^a-z0-9]+", "_", name.room.lower())[:_SLUG_CHARACTERS].strip("_") or "room"
    return f"{prefix}_{slug}_{name.tag.hex()[:_DIGITS]}"
