"""How the schema of a room is called in a database that holds many."""

import re
from typing import Final
from urllib.parse import parse_qsl, urlencode

from peerset.core.signal import RoomName

SCHEMES: Final = ("postgresql:", "postgres:")
PREFIX: Final = "peerset"
"""With this the names of schemas begin, if the address of the database names no other."""
PREFIX_CHARACTERS_MAX: Final = 24

_SLUG_CHARACTERS: Final = 20
_DIGITS: Final = 12


def room_schema(prefix: str, name: RoomName) -> str:
    """Give the schema of the room *name*: part of its name, for people, and of its tag, so that no two have one."""
    slug = re.sub("[^a-z0-9]+", "_", name.room.lower())[:_SLUG_CHARACTERS].strip("_") or "room"
    return f"{prefix}_{slug}_{name.tag.hex()[:_DIGITS]}"


def store_of(spec: str, name: RoomName) -> str:
    """Say where the records of the room *name* rest by *spec*: in a database, where the nodes that share it keep them.

    So many rooms may have one database, unless its address names a schema, which is one room's. All other specs stay.
    """
    if not spec.startswith(SCHEMES) or "schema" in dict(parse_qsl(spec.partition("?")[2], keep_blank_values=True)):
        return spec
    return with_options(spec, schema=room_schema(PREFIX, name))


def with_options(address: str, **options: str) -> str:
    """Give *address* with these options as well; of what stands there twice the last counts."""
    return f"{address}{'&' if '?' in address else '?'}{urlencode(options)}"
