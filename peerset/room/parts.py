"""Parts of a room: rooms of their own, called ``lobby/photos``, over the channels of ``lobby``."""

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from os import PathLike
from pathlib import PurePath
from typing import Final, Generic, TypeVar

from peerset.core.action import Missing
from peerset.core.signal import RoomName
from peerset.core.typed import AnyRetention, read_text
from peerset.errors import ConfigError
from peerset.ports import Store
from peerset.room.arguments import AnyPolicy, OpenStore
from peerset.stores.postgres.naming import store_of

MEMORY: Final = "memory:"
SQLITE: Final = "sqlite:"
DIGITS: Final = 8

_PLAIN: Final = re.compile(r"[a-z0-9_-]+")

R_co = TypeVar("R_co", covariant=True)


@dataclass(frozen=True, slots=True)
class PartSettings:
    """What a part has of its own; all else is as the whole was joined."""

    store: str | PathLike[str] | Store | None = None
    policies: AnyPolicy | Iterable[AnyPolicy] | None = None
    grants: str | Iterable[str] = ()
    retention: AnyRetention | Missing = Missing()  # noqa: RUF009 - an immutable value
    window: AnyRetention | Missing = Missing()  # noqa: RUF009 - an immutable value


class Parts(Generic[R_co]):
    """Joins parts of the room *whole*, each by *join_part*."""

    def __init__(
        self, whole: RoomName, join_part: Callable[[RoomName, PartSettings], AbstractAsyncContextManager[R_co]]
    ) -> None:
        self._whole = whole
        self._join_part = join_part

    def __call__(
        self,
        name: str,
        *,
        store: str | PathLike[str] | Store | None = None,
        policies: AnyPolicy | Iterable[AnyPolicy] | None = None,
        grants: str | Iterable[str] = (),
        retention: AnyRetention | Missing = Missing(),  # noqa: B008 - an immutable value
        window: AnyRetention | Missing = Missing(),  # noqa: B008 - an immutable value
    ) -> AbstractAsyncContextManager[R_co]:
        """Join the part *name* until the end of the block: a room with a set, a store and peers of its own.

        Key, signaling, password and all else are those of the whole, and so are its channels. *store* is where the
        part's records rest (default: beside those of the whole, ``lobby.photos.db`` for ``lobby.db``). *policies*,
        *retention* and *window* are as `peerset.join` takes them (default: as the whole was joined). Its *grants* are
        its own: they are for one room.

        Raises:
            ConfigError: a bad name or setting, or what the whole has cannot serve for a part as well.
            StoreError: the store cannot be opened, or belongs to another room.

        """
        part = RoomName(self._whole.app, f"{self._whole.room}/{_read_name(name)}")
        return self._join_part(part, PartSettings(store, policies, grants, retention, window))


def store_beside(store: str | Store | OpenStore, whole: RoomName, part: RoomName) -> str:
    """Say where the records of *part* rest: in memory or a database as those of *whole*, or in a file beside its own.

    Raises:
        ConfigError: the whole has another kind of store.

    """
    if isinstance(store, str) and store.startswith(MEMORY):
        return MEMORY
    if isinstance(store, str) and store_of(store, part) != store:
        return store
    if not isinstance(store, str) or not store.startswith(SQLITE):
        raise ConfigError(f"say where the records of {part.room!r} rest, by store=: the whole room's is its own")
    path = PurePath(store.removeprefix(SQLITE))
    words = part.room.removeprefix(f"{whole.room}/").split("/")
    # Other names are made into some that every system takes, and are told apart.
    plain = ".".join(each if _PLAIN.fullmatch(each) else f"{_slug(each)}{_digits(each)}" for each in words)
    return f"{SQLITE}{path.with_name(f'{path.stem}.{plain}{path.suffix}')}"


def policies_alike(whole: Sequence[AnyPolicy], name: RoomName) -> list[str]:
    """Give the policies of the whole for its part *name* as well.

    Raises:
        ConfigError: some are objects, which serve one room.

    """
    specs = [each for each in whole if isinstance(each, str)]
    if len(specs) < len(whole):
        raise ConfigError(
            f"say which policies {name.room!r} has, by policies=: those of the whole are objects of its own"
        )
    return specs


def _read_name(name: object) -> str:
    text = read_text("a part's name", name)
    if not all(text.split("/")):
        raise ConfigError(f"a part's name is not empty, and neither is what stands between its slashes: {text!r}")
    return text


def _digits(part: str) -> str:
    return hashlib.sha256(part.encode()).hexdigest()[:DIGITS]


def _slug(part: str) -> str:
    slug = "-".join(re.findall(r"[a-z0-9]+", part.lower()))[:40]
    return f"{slug}-" if slug else ""
