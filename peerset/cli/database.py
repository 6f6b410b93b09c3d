"""The database of a fleet of nodes: where in it the records of each room rest, and which of the nodes has it."""

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl

from peerset.cli.loading import load
from peerset.core.signal import RoomName
from peerset.errors import ConfigError, StoreError
from peerset.ports.leases import Leases
from peerset.stores.postgres.naming import PREFIX, PREFIX_CHARACTERS_MAX, room_schema, with_options

SCHEME: Final = "postgresql:"


@dataclass(frozen=True, slots=True)
class Database:
    """A database, and what this node is called among those that share it.

    Raises:
        ConfigError: *address* is none of PostgreSQL, or its schema is too long to begin others with.

    """

    address: str = field(repr=False)
    node: str

    def __post_init__(self) -> None:
        """Refuse what no schema could be made of."""
        if not self.address.startswith(f"{SCHEME}//"):
            raise ConfigError("a database is named as 'postgresql://user@host/database'")
        if len(self._prefix) > PREFIX_CHARACTERS_MAX:
            raise ConfigError(f"the schema of a database of nodes has at most {PREFIX_CHARACTERS_MAX} characters")

    def schema(self, name: RoomName) -> str:
        """Give the schema of the room *name*, by which it is leased."""
        return room_schema(self._prefix, name)

    def store(self, name: RoomName) -> str:
        """Say where the records of the room *name* rest: this node writes there while it has the room."""
        return self._with(schema=self.schema(name))

    @asynccontextmanager
    async def leases(self) -> AsyncIterator[Leases]:
        """Open the leases; what we had is free at the end.

        Raises:
            ConfigError: what speaks to the database is not installed.
            StoreError: it cannot be reached, or is another program's.

        """
        try:
            open_leases = load("peerset.stores.postgres.leases:open_leases")
        except ModuleNotFoundError as error:
            if error.name != "psycopg":
                raise
            raise ConfigError("--database wants a driver: pip install 'peerset[postgres]'") from error
        leases: Leases = await open_leases(self._with(schema=self._fleet).removeprefix(SCHEME))
        try:
            yield leases
        finally:
            # When it is away now, others wait until our time is over.
            with suppress(StoreError):
                await leases.leave()
            await leases.aclose()

    @property
    def _prefix(self) -> str:
        return dict(parse_qsl(self.address.partition("?")[2])).get("schema", PREFIX)

    @property
    def _fleet(self) -> str:
        return f"{self._prefix}_fleet"

    def _with(self, *, schema: str) -> str:
        return with_options(self.address, schema=schema, fleet=self._fleet, holder=self.node)


def name_node(pid: int, rng: Callable[[int], bytes]) -> str:
    """Name this process as no other is: by its machine, for people, and by chance."""
    # Databases cut off names of programs after 63 bytes.
    return f"{socket.gethostname()[:40]}-{pid}-{rng(4).hex()}"
