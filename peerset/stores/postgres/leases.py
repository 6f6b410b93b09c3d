"""Which node of a fleet has which room: a schema beside those of the rooms, and the clock of its database.

A node lives as long as it says so; what it had and wished for goes with it. Of those that wish for a room and live, one
has it, and each finds out by itself which: it scores highest in a lottery of names, so that few rooms move when a node
comes or goes. Who wakes after it was taken for dead finds that it has nothing.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from peerset.ports.leases import Turn
from peerset.stores.postgres.connection import PostgresSchema
from peerset.stores.postgres.place import Place, read_place
from peerset.stores.postgres.shape import Cursor, Migration

LEASE_SECONDS: Final = 9.0
"""For so long by the database's clock a node lives that said nothing any more."""

MIGRATIONS: Final = (
    Migration(
        "0001 members, wishes and leases",
        (
            "CREATE TABLE member (holder text PRIMARY KEY, until timestamptz NOT NULL)",
            """CREATE TABLE wish (
                holder text NOT NULL REFERENCES member ON DELETE CASCADE,
                room text NOT NULL,
                PRIMARY KEY (room, holder)
            )""",
            "CREATE INDEX ON wish (holder)",
            """CREATE TABLE lease (
                room text PRIMARY KEY,
                holder text NOT NULL REFERENCES member ON DELETE CASCADE
            )""",
            "CREATE INDEX ON lease (holder)",
        ),
    ),
)
"""In order; a released one is never changed, only followed by another."""


async def open_leases(rest: str) -> "PostgresLeases":
    """Open the leases at ``postgresql:`` and *rest*, which names the *fleet*, and us as the *holder*.

    Raises:
        ConfigError: that is no such address.
        StoreError: the database cannot be reached, or what is there is not of this version.

    """
    leases = PostgresLeases(read_place(rest))
    try:
        await leases.open()
    except BaseException:
        await leases.aclose()
        raise
    return leases


class PostgresLeases:
    """What the holder of *place* has of the rooms of its fleet. Make one with `open_leases`."""

    def __init__(self, place: Place) -> None:
        self._holder = place.holder
        self._schema = PostgresSchema(Place(place.address, place.fleet), migrations=MIGRATIONS)

    async def open(self) -> None:
        """Reach the database, and make the tables.

        Raises:
            StoreError: it cannot be reached, or what is there is not of this version.

        """
        await self._schema.open()

    async def take_turn(self, wished: Iterable[str]) -> Turn:
        """Live on, wish for these rooms, take those that are ours and free, and say what we have.

        Raises:
            StoreError: the database is away for too long, or refuses.

        """
        wishes = frozenset(wished)
        return await self._schema.write(lambda cursor: self._take_turn(cursor, wishes))

    async def give_up(self, rooms: Iterable[str]) -> None:
        """Let others have *rooms*, which we left.

        Raises:
            StoreError: the database is away for too long, or refuses.

        """
        gone = list(rooms)
        await self._schema.write(
            lambda cursor: cursor.execute(
                "DELETE FROM lease WHERE holder = %s AND room = ANY(%s::text[])", (self._holder, gone)
            )
        )

    async def aclose(self) -> None:
        """Part from the database; may be called twice."""
        await self._schema.aclose()

    async def leave(self) -> None:
        """Let others have all that we had, at once.

        Raises:
            StoreError: the database is away for too long, or refuses.

        """
        await self._schema.write(lambda cursor: cursor.execute("DELETE FROM member WHERE holder = %s", (self._holder,)))

    def _take_turn(self, cursor: Cursor, wishes: frozenset[str]) -> Turn:
        cursor.execute("DELETE FROM member WHERE until < clock_timestamp() AND holder <> %s", (self._holder,))
        cursor.execute(
            "INSERT INTO member (holder, until) VALUES (%s, clock_timestamp() + make_interval(secs => %s)) "
            "ON CONFLICT (holder) DO UPDATE SET until = excluded.until",
            (self._holder, LEASE_SECONDS),
        )
        ours = _wish(cursor, self._holder, wishes)
        cursor.execute(
            "INSERT INTO lease (room, holder) SELECT room, %s FROM unnest(%s::text[]) AS room ON CONFLICT DO NOTHING",
            (self._holder, sorted(ours)),
        )
        found = cursor.execute("SELECT room FROM lease WHERE holder = %s", (self._holder,)).fetchall()
        held = frozenset(room for (room,) in found)
        return Turn(held & ours, held - ours)


def owner_of(room: str, holders: Iterable[str]) -> str:
    """Say which of *holders*, at least one, is to have *room*: whoever scores highest."""
    return max(holders, key=lambda holder: hashlib.sha256(f"{holder}\0{room}".encode()).digest())


def _wish(cursor: Cursor, holder: str, wishes: frozenset[str]) -> set[str]:
    """Let *holder* wish for these rooms alone; give those that it is to have."""
    cursor.execute("DELETE FROM wish WHERE holder = %s AND room <> ALL(%s::text[])", (holder, sorted(wishes)))
    cursor.execute(
        "INSERT INTO wish (holder, room) SELECT %s, room FROM unnest(%s::text[]) AS room ON CONFLICT DO NOTHING",
        (holder, sorted(wishes)),
    )
    candidates = defaultdict[str, list[str]](list)
    for room, other in cursor.execute("SELECT room, holder FROM wish WHERE room = ANY(%s::text[])", (sorted(wishes),)):
        candidates[room].append(other)
    return {room for room, holders in candidates.items() if owner_of(room, holders) == holder}
