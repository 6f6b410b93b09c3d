"""The rooms of a node as they are written down: a TOML file with a table for each, and what was added by order.

A mistake in one table is that room's alone: the others are kept.
"""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

from peerset.cli.building import all_settings
from peerset.cli.options import RoomOptions, default_store_path
from peerset.cli.setting import Setting
from peerset.core.signal import RoomName
from peerset.errors import ConfigError
from peerset.files import read_text, writing

ROOMS_FILE_BYTES_MAX: Final = 1 << 20
ROOMS: Final = "rooms"
ROOM: Final = "room"
_HEADER: Final = re.compile(rf"\s*\[\[\s*{ROOMS}\s*\]\]")


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
    """Makes entries: what is not said of a room is as *base* says, and what it holds rests in *folder*."""

    base: RoomOptions
    folder: Path

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
            options = replace(options, store=f"sqlite:{default_store_path(name, self.folder)}")
        return Entry(room, options)


@cache
def room_settings() -> Mapping[str, Setting]:
    """Give what can be said of a room, by each of its names."""
    of_room = {field.name for field in fields(RoomOptions)}
    settings = [setting for setting in all_settings()["join",] if setting.argument in of_room]
    return {name: setting for setting in settings for name in setting.names}


def read_rooms(path: Path, writer: Writer) -> tuple[list[Entry], list[str]]:
    """Read the rooms in the file at *path*; give them, and what is wrong with others, each with its line.

    Raises:
        ConfigError: it cannot be read, or is no TOML with a list of tables called rooms.

    """
    text = read_text(path, bytes_max=ROOMS_FILE_BYTES_MAX)
    try:
        tree = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path} is no TOML: {' '.join(str(error).split())}") from error
    tables = tree.pop(ROOMS, [])
    if tree or not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ConfigError(f"{path} has a table [[{ROOMS}]] for each room, and nothing else")
    entries, mistakes = dict[RoomName, Entry](), list[str]()
    for table, number in zip(tables, _lines_of(text, len(tables)), strict=True):
        said = {key: value for key, value in table.items() if key != ROOM}
        place = f"{path}, the room at line {number}"
        try:
            entry = writer.entry(table.get(ROOM), said)
        except ConfigError as error:
            mistakes.append(f"{place}: {error}")
            continue
        if entry.name in entries:
            mistakes.append(f"{place}: the room {entry.name.room!r} stands there already")
        else:
            entries[entry.name] = entry
    return list(entries.values()), mistakes


def _lines_of(text: str, count: int) -> list[int]:
    """Say at which line each of *count* tables of rooms begins; one written in another way is said to be at line 1."""
    found = [number for number, line in enumerate(text.split("\n"), 1) if _HEADER.match(line)]
    return found if len(found) == count else [1] * count


class Added:
    """The rooms that were added by order, in a file of the node's; they are kept at its next start, too.

    Raises:
        ConfigError: the file cannot be read, or is none.

    """

    def __init__(self, path: Path, writer: Writer) -> None:
        self._path = path
        self._rooms: dict[RoomName, tuple[str, dict[str, Any]]] = {}
        self.entries: dict[RoomName, Entry] = {}
        self._writer = writer
        if path.exists():
            self._read()

    def add(self, room: object, said: dict[str, Any]) -> Entry:
        """Add *room*, and save it; raises `ConfigError` when it is none, or cannot be saved."""
        entry = self._take(room, said)
        self._save()
        return entry

    def remove(self, name: RoomName) -> bool:
        """Forget the room *name*; say whether it had been added."""
        if self._rooms.pop(name, None) is None:
            return False
        del self.entries[name]
        self._save()
        return True

    def _take(self, room: object, said: dict[str, Any]) -> Entry:
        entry = self._writer.entry(room, said)
        self._rooms[entry.name], self.entries[entry.name] = (entry.room, said), entry
        return entry

    def _read(self) -> None:
        try:
            rows = json.loads(read_text(self._path, bytes_max=ROOMS_FILE_BYTES_MAX))
            for room, said in rows:
                self._take(room, dict(said))
        except (ValueError, TypeError, RecursionError) as error:
            raise ConfigError(f"{self._path} is no list of rooms of a node") from error

    def _save(self) -> None:
        with writing(self._path, is_private=True) as file:
            file.write(json.dumps(list(self._rooms.values())).encode())
