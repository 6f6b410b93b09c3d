"""Who may have what signed: the clients of a signer, in a file beside its key."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeVar

from peerset.core.keys import KEY_BYTES, PublicKey
from peerset.core.nip46 import Draft
from peerset.core.signal import RoomTag
from peerset.errors import ConfigError
from peerset.files import read_text, writing

CLIENTS_MAX: Final = 64
CLIENTS_FILE_BYTES_MAX: Final = 1 << 20

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Permission:
    """What a client may have signed; None: whatever it is."""

    kinds: frozenset[int] | None = None
    rooms: frozenset[RoomTag] | None = None

    def of(self, kinds: frozenset[int] | None) -> "Permission":
        """Give as much of this as lies within *kinds*; None: all."""
        if kinds is None:
            return self
        return replace(self, kinds=kinds if self.kinds is None else self.kinds & kinds)

    def refusal(self, draft: Draft) -> str:
        """Say why *draft* is not signed for this client; empty when it is."""
        if self.kinds is not None and draft.kind not in self.kinds:
            return f"no events of kind {draft.kind} are signed for this client"
        if self.rooms is None:
            return ""
        tag = next((tag[1] for tag in draft.tags if len(tag) > 1 and tag[0] == "h"), "")
        return "" if tag in {room.hex() for room in self.rooms} else "nothing is signed for this client in that room"


class ClientBook:
    """Remembers clients and their permissions; without a *path*, only as long as the process lives.

    Raises:
        ConfigError: the file cannot be read, or is no such book.

    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._clients: dict[PublicKey, Permission] = {}
        if path is not None and path.exists():
            self._clients = _read(path)

    def __len__(self) -> int:
        return len(self._clients)

    def get(self, client: PublicKey) -> Permission | None:
        """Give what *client* may have signed; None for one that is unknown."""
        return self._clients.get(client)

    def add(self, client: PublicKey, permission: Permission) -> None:
        """Let *client* have signed what *permission* says, from now on.

        Raises:
            ConfigError: there are too many, or the file cannot be written.

        """
        if client not in self._clients and len(self._clients) >= CLIENTS_MAX:
            raise ConfigError(f"there are {CLIENTS_MAX} clients already")
        self._keep({**self._clients, client: permission})

    def remove(self, client: PublicKey) -> None:
        """Forget *client*, if it is there.

        Raises:
            ConfigError: the file cannot be written.

        """
        self._keep({key: permission for key, permission in self._clients.items() if key != client})

    def _keep(self, clients: Mapping[PublicKey, Permission]) -> None:
        if self._path is not None:
            _write(self._path, clients)
        self._clients = dict(clients)


def _read(path: Path) -> dict[PublicKey, Permission]:
    try:
        said = json.loads(read_text(path, bytes_max=CLIENTS_FILE_BYTES_MAX))
        found = {
            PublicKey(bytes.fromhex(key)): Permission(_set(row["kinds"], _kind), _set(row["rooms"], _tag))
            for key, row in said.items()
        }
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ConfigError(f"{path} is no list of a signer's clients") from error
    if any(len(key) != KEY_BYTES for key in found):
        raise ConfigError(f"{path} is no list of a signer's clients")
    return found


def _write(path: Path, clients: Mapping[PublicKey, Permission]) -> None:
    rows = {
        key.hex(): {
            "kinds": None if said.kinds is None else sorted(said.kinds),
            "rooms": None if said.rooms is None else sorted(room.hex() for room in said.rooms),
        }
        for key, said in clients.items()
    }
    with writing(path, is_private=True) as file:
        file.write(json.dumps(rows, indent=1).encode() + b"\n")


def _set(given: list[object] | None, read: Callable[[object], Item]) -> frozenset[Item] | None:
    return None if given is None else frozenset(map(read, given))


def _kind(given: object) -> int:
    if type(given) is not int:
        raise TypeError("a kind is a number")
    return given


def _tag(given: object) -> RoomTag:
    return RoomTag(bytes.fromhex(str(given)))
