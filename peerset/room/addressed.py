"""Where a room is, said as an address: read by `join`, and given by `Room.address` and `Room.invitation`."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from peerset.core.address import (
    Address,
    FileTarget,
    KeyTarget,
    RecordTarget,
    Target,
    is_address,
    make_address,
    make_link,
    parse_address,
)
from peerset.core.limits import RETENTION_SECONDS
from peerset.core.portable import check_portable
from peerset.core.signal import RoomName
from peerset.core.typed import AnyId, AnyKey, AnyPhases, read_key, read_phases, read_text, read_whole_id, several
from peerset.errors import ConfigError
from peerset.room.arguments import AnyPolicy, read_seals
from peerset.room.host import Veil

APP: Final = "peerset"
"""What keeps rooms apart whose app nobody names."""

_TRACKER: Final = re.compile(r"torrent:(?=wss?://)")
"""A bare address of a websocket is a tracker."""


def read_room(room: object, app: object) -> Address:
    """Read which room is meant: by its address or a link, or by its name, which *app* goes with.

    Raises:
        ConfigError: it is neither, or its address names another app than *app*.

    """
    said = read_text("the room", room)
    if not is_address(said):
        return Address(RoomName(APP if app is None else read_text("the app", app), said))
    address = parse_address(said)
    if app is not None and app != address.name.app:
        raise ConfigError(f"the address is of a room of the app {address.name.app!r}, not of {app!r}")
    return address


def read_veil(said: Address, *, password: object, phases: AnyPhases, seal: object) -> Veil:
    """Read what hides a room, as far as its address does not say it.

    Raises:
        ConfigError: any of it is none.

    """
    return Veil(
        read_text("the password", password) or said.password,
        read_phases(phases) or said.phases,
        read_seals(seal) or said.seals,
    )


@dataclass(frozen=True, slots=True)
class Directions:
    """What it takes to join a room as we did."""

    name: RoomName
    signaling: Sequence[str]
    veil: Veil
    policies: Sequence[AnyPolicy]
    retention_seconds: int

    def to(self, target: Target | None) -> Address:
        """Give the address of *target*; policies that no address can name are left out of it."""
        kept = self.retention_seconds
        return Address(
            self.name,
            target,
            signaling=tuple(dict.fromkeys(_TRACKER.sub("", spec) for spec in self.signaling)),
            phases=self.veil.phase_seconds,
            policies=tuple(
                dict.fromkeys(spec for spec in self.policies if isinstance(spec, str) and _is_portable(spec))
            ),
            retention=None if kept == RETENTION_SECONDS else kept,
            password=self.veil.password,
            seals=tuple(self.veil.seals),
        )


class Addressed:
    """The part of a room that says where it is."""

    _directions: Directions

    @property
    def name(self) -> RoomName:
        """The two texts that name the room."""
        return self._directions.name

    def address(
        self,
        record: AnyId | None = None,
        *,
        collection: str | None = None,
        key: str | None = None,
        path: str | None = None,
        author: AnyKey | None = None,
        at: AnyId | None = None,
    ) -> str:
        """Write the address of this room, or of something in it; there is no secret in it.

        That is *record*, by its whole id; or the register *key* of *collection*, or the file at *path* in it, of
        *author*, and as it was in the version *at*.

        Raises:
            ConfigError: none of these is named so, or the address would be too long.

        """
        target = target_of(record, collection=collection, key=key, path=path, author=author, at=at)
        return make_address(self._directions.to(target).public)

    def invitation(self, *, grants: str | Iterable[str] = (), page: str | None = None) -> str:
        """Write the address of this room with all that it takes to join, such as its password: a secret itself.

        *grants* are texts by which owners let whoever is invited write. With *page*, the address of one that joins such
        rooms, it is a link.

        Raises:
            ConfigError: a grant or *page* is none, or the address would be too long.

        """
        texts = tuple(read_text("a grant", each) for each in several("grants", grants, singles=(str, bytes)))
        address = replace(self._directions.to(None), grants=texts)
        return make_address(address) if page is None else make_link(address, read_text("a page", page))


def target_of(
    record: AnyId | None,
    *,
    collection: str | None,
    key: str | None,
    path: str | None,
    author: AnyKey | None,
    at: AnyId | None,
) -> Target | None:
    """Give what in a room is named so; None where nothing is.

    Raises:
        ConfigError: it has no address.

    """
    whose = None if author is None else read_key(author)
    version = None if at is None else read_whole_id(at)
    is_of_one = author is not None or at is not None
    match record, collection, key, path:
        case None, str(), str(), None:
            return KeyTarget(collection, key, whose, version)
        case None, str(), None, str():
            return FileTarget(collection, path, whose, version)
        case None, None, None, None if not is_of_one:
            return None
        case _, None, None, None if record is not None and not is_of_one:
            return RecordTarget(read_whole_id(record))
    raise ConfigError("an address is that of the room, of a record, or of a key or path in a collection")


def _is_portable(spec: str) -> bool:
    try:
        check_portable(spec)
    except ConfigError:
        return False
    return True
