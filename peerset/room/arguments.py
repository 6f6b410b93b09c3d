"""What people give to `join`, as what it works with."""

import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import Final, TypeAlias, cast

from peerset.core.bucket import check_bucket_seconds
from peerset.core.ice import IceServer
from peerset.core.keys import PublicKey, SecretKey
from peerset.core.limits import DISK_BYTES_MIN
from peerset.core.nip46 import BunkerAddress, is_bunker_address, parse_bunker_address
from peerset.core.seal import check_seal_texts
from peerset.core.typed import read_number, read_text, several, shown
from peerset.drive.limits import Limits, read_limits
from peerset.errors import ConfigError
from peerset.keyfiles import ensure_key, key_path, load_key
from peerset.ports import Policy, RecordSigner, SetRule, Store
from peerset.signaling.specs import are_local

AnySigner: TypeAlias = SecretKey | str | PathLike[str]
"""A secret key, its nsec text, or the name or path of a key file, which is made when it is missing."""

_NO_NAME: Final = re.compile("(?i)npub1|ncryptsec1|[0-9a-f]{64}$")

AnyPolicy: TypeAlias = str | Policy | SetRule

AnySeal: TypeAlias = str | Sequence[str]
"""A secret, ``seal1...``, or a passphrase; or several, the newest first."""

OpenStore: TypeAlias = Callable[[], Awaitable[Store]]
"""Opens a store, when all else is checked."""


class Signer:
    """Whose key signs: read at once, but made only by `take`, when all else is checked.

    Raises:
        ConfigError: it is no key, or its file cannot be read.

    """

    def __init__(self, given: object) -> None:
        self._path: Path | None = None
        self._key: SecretKey | None = None
        if isinstance(given, SecretKey):
            self._key = given
        elif isinstance(given, str) and given.lower().startswith("nsec1"):
            self._key = SecretKey.from_nsec(given)
        elif isinstance(given, str) and _NO_NAME.match(given):
            # Such a text would name a new file, in which nobody looks for it.
            raise ConfigError(
                "a key is signed with by its nsec text or its file, not by an npub, ncryptsec or hex text"
            )
        elif isinstance(given, str | PathLike) and fspath(given):
            self._path = key_path(given if isinstance(given, str) else Path(given))
            self._key = load_key(self._path) if self._path.exists() else None
        else:
            raise ConfigError(f"a key is a SecretKey, an nsec text, or the name of a key file, not {shown(given)}")

    @property
    def public_key(self) -> PublicKey | None:
        """Whose records it signs; None for a key that is still to be made."""
        return None if self._key is None else self._key.public_key

    def take(self) -> SecretKey:
        """Give the key, and make its file when it is missing.

        Raises:
            ConfigError: the file cannot be written.

        """
        if self._key is None and self._path is not None:
            self._key = ensure_key(self._path)
        return cast("SecretKey", self._key)


def read_signer(given: object) -> Signer | RecordSigner | BunkerAddress | None:
    """Read who signs: a key, its text or file, a signer of the caller's or elsewhere; None for a fresh key.

    Raises:
        ConfigError: it is none of these, or its file cannot be read.

    """
    if given is None or isinstance(given, Signer):
        return given
    if is_bunker_address(given):
        return parse_bunker_address(cast("str", given))
    if callable(getattr(given, "sign", None)) and not isinstance(given, SecretKey):
        return cast("RecordSigner", given)
    return Signer(given)


def read_store(given: object) -> str | Store | OpenStore:
    """Read where records rest: a spec, the path of a file, a store, or what opens one.

    Raises:
        ConfigError: it is none of these.

    """
    if isinstance(given, PathLike):
        return f"sqlite:{fspath(given)}"
    is_store = callable(given) or all(hasattr(given, name) for name in ("bind", "add", "query", "entries"))
    if isinstance(given, type) or not (isinstance(given, str) or is_store):
        raise ConfigError(f"a store is a text such as 'sqlite:lobby.db', or has the methods of one, not {shown(given)}")
    return cast("str | Store | OpenStore", given)


def read_signaling(given: str | Iterable[str] | None) -> list[str] | None:
    """Read how to meet: one spec or several; None for the usual way, none at all for no network.

    Raises:
        ConfigError: one is no text.

    """
    if given is None:
        return None
    return [read_text("a signaling spec", each) for each in several("signaling", given, singles=(str, bytes))]


def read_servers(
    given: str | IceServer | Iterable[str | IceServer] | None, *, signaling: Sequence[str] | None
) -> tuple[IceServer, ...] | None:
    """Read the STUN and TURN servers: one or several, by address or whole; None for the usual ones.

    Peers that are met in the local network alone, by *signaling*, reach each other without any.

    Raises:
        ConfigError: one is none.

    """
    if given is None:
        return () if are_local(signaling) else None
    servers = several("ice_servers", given, singles=(str, bytes, IceServer))
    return tuple(
        each if isinstance(each, IceServer) else IceServer(read_text("a STUN or TURN server", each)) for each in servers
    )


def read_policies(given: AnyPolicy | Iterable[AnyPolicy]) -> list[AnyPolicy]:
    """Read the moderation rules: one or several, by spec or whole.

    Raises:
        ConfigError: there is something else in their place.

    """
    if isinstance(given, str) or hasattr(given, "policy_class"):
        return [cast("AnyPolicy", given)]
    return cast("list[AnyPolicy]", several("policies", given, singles=()))


def read_seals(given: object) -> list[str]:
    """Read what a room is sealed by: a secret or a passphrase, or several, the newest first; None: it is not.

    Raises:
        ConfigError: one is no text, or no secret though it begins as one. What is given is not repeated.

    """
    if given is None:
        return []
    several = given if isinstance(given, list | tuple) else [given]
    texts = [each for each in several if isinstance(each, str)]
    if len(texts) < len(several):
        raise ConfigError("a seal is a text, seal1... or a passphrase, or a list of these, the newest first")
    check_seal_texts(texts)
    return texts


@dataclass(frozen=True, slots=True)
class Keeping:
    """How much is kept here, and how it is indexed."""

    disk_bytes: int
    """What the store may take."""
    bucket_seconds: int
    """How much time one index tree spans."""
    files: Limits | None
    """How much files may take; None for no blobs."""


def read_keeping(disk_bytes: object, bucket_seconds: object, files: object) -> Keeping:
    """Read how much is kept here.

    Raises:
        ConfigError: one of these cannot be meant.

    """
    bucket = check_bucket_seconds(int(read_number("bucket_seconds", bucket_seconds)))
    return Keeping(read_disk_bytes(disk_bytes), bucket, read_limits(files))


def read_disk_bytes(given: object) -> int:
    """Read how many bytes a store may take.

    Raises:
        ConfigError: it is no whole number, or less than `DISK_BYTES_MIN`.

    """
    if type(given) is not int or given < DISK_BYTES_MIN:
        raise ConfigError(f"disk_bytes is a whole number from {DISK_BYTES_MIN}, not {shown(given)}")
    return given
