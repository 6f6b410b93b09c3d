"""Which node of a fleet has which room: a schema beside those of the rooms, and the clock of its database.

A node lives as long as it says so; what it had and wished for goes with it. Turns are taken one after the other, and
each node finds out by itself what is its fair share. Who wakes after it was taken for dead finds that it has nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from peerset.errors import StoreError
from peerset.ports.leases import Turn
from peerset.stores.postgres.connection import PostgresSchema
from peerset.stores.postgres.connections import Connections
from peerset.stores.postgres.place import Place, read_place
from peerset.stores.postgres.shape import Cursor, Migration

LEASE_SECONDS: Final = 9.0
"""For so long by the database's clock a node lives that said nothing any more."""
GRACE_SECONDS: Final = 9.0
"""Nobody is dead for so long after the database started: while it was away nobody could say anything."""
ADDED_MAX: Final = 1_000
"""Rooms that were added to all nodes of a fleet."""

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
    Migration(
        "0002 rooms that were added to all nodes", ("CREATE TABLE added (room text PRIMARY KEY, words text NOT NULL)",)
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
        # It waits for no room.
        self._schema = PostgresSchema(
            Place(place.address, place.fleet),
            migrations=MIGRATIONS,
            connections=Connections(place.address, place.holder, most=1),
        )

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

    async def add(self, room: str, words: str) -> None:
        """Have all nodes told *words* of *room* at their turns from now on, in place of what was said of it.

        Raises:
            StoreError: there are `ADDED_MAX` others, or the database is away for too long, or refuses.

        """

        def add(cursor: Cursor) -> bool:
            cursor.execute(
                "INSERT INTO added (room, words) SELECT %s, %s "
                "WHERE (SELECT count(*) FROM added WHERE room <> %s) < %s "
                "ON CONFLICT (room) DO UPDATE SET words = excluded.words",
                (room, words, room, ADDED_MAX),
            )
            return cursor.rowcount == 1

        if not await self._schema.write(add):
            raise StoreError(f"{ADDED_MAX} rooms were added to the nodes of this database: remove some")

    async def remove(self, room: str) -> None:
        """Have nobody told of *room* any more.

        Raises:
            StoreError: the database is away for too long, or refuses.

        """
        await self._schema.write(lambda cursor: cursor.execute("DELETE FROM added WHERE room = %s", (room,)))

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
        dead = cursor.execute(
            "DELETE FROM member WHERE holder <> %s AND clock_timestamp() > "
            "greatest(until, pg_postmaster_start_time() + make_interval(secs => %s)) RETURNING holder",
            (self._holder, GRACE_SECONDS),
        ).fetchall()
        # One that is only stopped may hold the lock of a room, and would for ever.
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = ANY(%s::text[]) AND usename = current_user",
            ([holder for (holder,) in dead],),
        )
        cursor.execute(
            "INSERT INTO member (holder, until) VALUES (%s, clock_timestamp() + make_interval(secs => %s)) "
            "ON CONFLICT (holder) DO UPDATE SET until = excluded.until",
            (self._holder, LEASE_SECONDS),
        )
        wishers = _wish(cursor, self._holder, wishes)
        leased = dict[str, str](cursor.execute("SELECT room, holder FROM lease").fetchall())
        ours = fair_share(self._holder, wishers, leased)
        cursor.execute(
            "INSERT INTO lease (room, holder) SELECT room, %s FROM unnest(%s::text[]) AS room",
            (self._holder, sorted(ours - leased.keys())),
        )
        due = frozenset(room for room, holder in leased.items() if holder == self._holder) - ours
        added = cursor.execute("SELECT words FROM added ORDER BY room").fetchall()
        return Turn(frozenset(ours), due, tuple(words for (words,) in added))


def fair_share(us: str, wishers: Mapping[str, Collection[str]], leased: Mapping[str, str]) -> set[str]:
    """Give what *us* is to have of the rooms that each has *wishers*, and that others may have *leased*.

    What we have stays, unless it is more than a fair share, and somebody has less who wishes for it; what is free is
    ours if we have less, or nobody else has who wishes for it.
    """
    loads = Counter(leased.values())
    fair = -(-len(wishers) // len({us, *(each for names in wishers.values() for each in names)}))

    def others(room: str) -> list[str]:
        return sorted(each for each in wishers[room] if each != us and loads[each] < fair)

    ours = {room for room, holder in leased.items() if holder == us and us in wishers.get(room, ())}
    loads[us] = len(ours)
    for room in sorted(ours):
        if loads[us] > fair and (takers := others(room)):
            loads.update({us: -1, takers[0]: 1})
            ours.discard(room)
    for room in sorted(wishers.keys() - leased.keys()):
        if us in wishers[room] and (loads[us] < fair or not others(room)):
            loads[us] += 1
            ours.add(room)
    return ours


def _wish(cursor: Cursor, holder: str, wishes: frozenset[str]) -> dict[str, list[str]]:
    """Let *holder* wish for these rooms alone; give who wishes for each."""
    cursor.execute("DELETE FROM wish WHERE holder = %s AND room <> ALL(%s::text[])", (holder, sorted(wishes)))
    cursor.execute(
        "INSERT INTO wish (holder, room) SELECT %s, room FROM unnest(%s::text[]) AS room ON CONFLICT DO NOTHING",
        (holder, sorted(wishes)),
    )
    wishers = defaultdict[str, list[str]](list)
    for room, each in cursor.execute("SELECT room, holder FROM wish").fetchall():
        wishers[room].append(each)
    return dict(wishers)
