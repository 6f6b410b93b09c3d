"""The rooms of a node as they are written down: a TOML file with a table for each, and what was added by order.

A mistake in one table is that room's alone: the others are kept.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

from peerset.cli.building import all_settings
from peerset.cli.database import Database
from peerset.cli.options import RoomOptions, default_store_path
from peerset.cli.room_tables import read_tables
from peerset.cli.setting import Setting
from peerset.core.signal import RoomName
from peerset.errors import ConfigError
from peerset.files import read_text, writing

ROOMS_FILE_BYTES_MAX: Final = 1 << 20
ROOM: Final = "room"

_Row = tuple[object, dict[str, Any]]
"""What a room is called, and what is said of it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One room, and how it is joined."""

    room: str
    """Its name or address."""
    options: RoomOptions

    @property
    def name(self) -> RoomName:
        """Its name in full."""
        return self.options.name(self.room)


@dataclass(frozen=True, slots=True)
class Writer:
    """Makes entries: what is not said of a room is as *base* says, and it rests in *folder*, or in *database*."""

    base: RoomOptions
    folder: Path
    database: Database | None = None

    def entry(self, room: object, said: Mapping[str, object]) -> Entry:
        """Make the entry of *room*, of which that is *said*, by the names of the options of ``peerset join``.

        Raises:
            ConfigError: it is no room, or an option is none or has a wrong value.

        """
        if not isinstance(room, str):
            raise ConfigError(f'a room is named by a text, as in {ROOM} = "lobby"')
        own = dict[str, Any]()
        for key, value in said.items():
            setting = room_settings().get(key)
            if setting is None:
                raise ConfigError(f"{key!r} cannot be set for a room of a node: peerset join --help says what can")
            own[setting.argument] = setting.check(value)
        options = replace(self.base, **own)
        name = options.name(room)
        if not options.store:
            options = replace(options, store=self._store(name))
        return Entry(room, options)

    def lease_of(self, entry: Entry) -> str | None:
        """Give by what a room is leased that nodes share; None when it is this one's alone, as its store is."""
        if self.database is None or entry.options.store != self.database.store(entry.name):
            return None
        return self.database.schema(entry.name)

    def shared_entry(self, words: str) -> Entry:
        """Make the entry of a room that was added to all nodes, by *words* as `shared_words` gives them.

        Raises:
            ConfigError: they make no sense here.

        """
        try:
            room, said = json.loads(words)
            return self.entry(room, dict(said))
        except (ValueError, TypeError, RecursionError) as error:
            raise ConfigError("what the database says of a room that was added is nothing of a node's") from error

    def _store(self, name: RoomName) -> str:
        if self.database is not None:
            return self.database.store(name)
        return f"sqlite:{default_store_path(name, self.folder)}"


@cache
def room_settings() -> Mapping[str, Setting]:
    """Give what can be said of a room, by each of its names."""
    of_room = {field.name for field in fields(RoomOptions)}
    settings = [setting for setting in all_settings()["join",] if setting.argument in of_room]
    return {name: setting for setting in settings for name in setting.names}


def read_rooms(path: Path, writer: Writer) -> tuple[list[Entry], list[str]]:
    """Read the rooms in the file at *path*; give them, and what is wrong with others, each with its line.

    Raises:
        ConfigError: it cannot be read, or has something else than tables called rooms.

    """
    tables, broken = read_tables(read_text(path, bytes_max=ROOMS_FILE_BYTES_MAX), str(path))
    entries, mistakes = dict[RoomName, Entry](), [(each.line, each.words) for each in broken]
    for table in tables:
        said = {key: value for key, value in table.said.items() if key != ROOM}
        try:
            entry = writer.entry(table.said.get(ROOM), said)
        except ConfigError as error:
            mistakes.append((table.line, str(error)))
            continue
        if entry.name in entries:
            mistakes.append((table.line, f"the room {entry.name.room!r} stands there already"))
        else:
            entries[entry.name] = entry
    return list(entries.values()), [f"{path}, the room at line {line}: {words}" for line, words in sorted(mistakes)]


def shared_words(room: str, said: Mapping[str, object]) -> str:
    """Say of *room* what was said of it, for `Writer.shared_entry` of other nodes."""
    return json.dumps([room, dict(said)])


class Added:
    """The rooms that were added by order, in a file of the node's; they are kept at its next start, too.

    One that cannot be kept any more, as when an option of it is gone, stays in the file, and *mistakes* says why.

    Raises:
        ConfigError: the file cannot be read, or is none.

    """

    def __init__(self, path: Path, writer: Writer) -> None:
        self._path = path
        self._writer = writer
        self._rows: dict[RoomName, _Row] = {}
        self._broken: list[_Row] = []
        self.entries: dict[RoomName, Entry] = {}
        self.mistakes: list[str] = []
        if path.exists():
            self._read()

    def add(self, room: object, said: dict[str, Any]) -> Entry:
        """Add *room*, and save it; raises `ConfigError` when it is none, or cannot be saved."""
        entry = self._writer.entry(room, said)
        self._save({**self._rows, entry.name: (entry.room, said)})
        self.entries[entry.name] = entry
        return entry

    def remove(self, name: RoomName) -> bool:
        """Forget the room *name*; say whether it had been added."""
        if name not in self._rows:
            return False
        self._save({each: row for each, row in self._rows.items() if each != name})
        del self.entries[name]
        return True

    def _read(self) -> None:
        try:
            rows = json.loads(read_text(self._path, bytes_max=ROOMS_FILE_BYTES_MAX))
            for room, said in rows:
                self._take((room, dict(said)))
        except (ValueError, TypeError, RecursionError) as error:
            raise ConfigError(f"{self._path} is no list of rooms of a node") from error

    def _take(self, row: _Row) -> None:
        try:
            entry = self._writer.entry(*row)
        except ConfigError as error:
            self.mistakes.append(f"{self._path}, the room {row[0]!r}: {error}")
            self._broken.append(row)
        else:
            self._rows[entry.name], self.entries[entry.name] = row, entry

    def _save(self, rows: dict[RoomName, _Row]) -> None:
        """Let the file have *rows*; what it cannot take is not taken here, either."""
        with writing(self._path, is_private=True) as file:
            file.write(json.dumps([*rows.values(), *self._broken]).encode())
        self._rows = rows
