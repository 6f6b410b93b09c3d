"""Where in PostgreSQL a room's tables are, as an address says it."""

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import psycopg

from peerset.errors import ConfigError

SCHEMA: Final = "peerset"
"""Where a room's tables are when the address names no schema."""

_OURS: Final = ("schema", "fleet", "holder")
_SCHEMA: Final = re.compile("(?!pg_)[a-z_][a-z0-9_]{0,62}")


@dataclass(frozen=True, slots=True)
class Place:
    """A schema of a database."""

    address: str = field(repr=False)
    """The database, as libpq reads it; it may hold a password."""
    schema: str = SCHEMA
    fleet: str = ""
    """The schema of the leases of a fleet of nodes, by which *holder* must have *schema*; empty: anybody may."""
    holder: str = ""


def read_place(rest: str) -> Place:
    """Read what follows ``postgresql:``: an address of libpq, which may have a ``schema``, ``fleet`` and ``holder``.

    Raises:
        ConfigError: it is none.

    """
    try:
        parts = urlsplit(f"postgresql:{rest}")
        # To libpq a plus is a plus, and not a space as in forms.
        query = parts.query.replace("+", "%2B")
        options = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
        said = dict(options)
        query = urlencode([option for option in options if option[0] not in _OURS], quote_via=quote)
        address = f"postgresql://{parts.netloc}{parts.path}{'?' if query else ''}{query}"
        psycopg.conninfo.conninfo_to_dict(address)
    except (ValueError, psycopg.Error):
        # What it holds may be a password, and so nothing of it is said, nor is it a cause.
        said, address = {}, ""
    if not rest.startswith("//") or not address:
        raise ConfigError("a store in PostgreSQL is named as 'postgresql://user@host/database?schema=lobby'")
    place = Place(address, **{name: said[name] for name in _OURS if name in said})
    if not _SCHEMA.fullmatch(place.schema):
        raise ConfigError(f"a schema is up to 63 of a-z, 0-9 and _, with no digit first, not {place.schema!r}")
    return place
