"""Addresses: URIs of rooms and of what is in them, with what it takes to join (docs/addresses.md).

``peerset:APP/ROOM`` names a room; ``/record/ID``, ``/key/COLLECTION/KEY`` or ``/file/COLLECTION/PATH`` after it
something in it. What stands behind ``?`` is for everybody to see; secrets stand behind ``#``, which no browser tells a
server. A *link* is the address of a page with all of that behind its ``#``.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from peerset.core import bech32
from peerset.core.keys import PublicKey, npub
from peerset.core.limits import (
    ADDRESS_CHARACTERS_MAX,
    ADDRESS_FIELDS_MAX,
    COLLECTION_NAME_CHARACTERS_MAX,
    DOCUMENT_KEY_BYTES_MAX,
)
from peerset.core.percent import quoted, unquoted
from peerset.core.portable import check_portable, is_of_envelopes
from peerset.core.record import RecordId
from peerset.core.signal import RoomName
from peerset.core.typed import read_key, read_phases, read_retention, read_whole_id, shown, span_text
from peerset.errors import ConfigError

SCHEME: Final = "peerset:"
SEAL_PREFIX: Final = "seal"

_PUBLIC: Final = ("at", "author", "phases", "policy", "retention", "signaling")
_SECRET: Final = ("grant", "password", "seal")
_SEVERAL: Final = frozenset({"grant", "policy", "seal", "signaling"})
_IN_PATH: Final = ":@"
_IN_FIELDS: Final = ":@/,="
_LINK: Final = re.compile(r"https?://[^#\s]*#(?=peerset:)", re.ASCII | re.IGNORECASE)
_BEGINNING: Final = re.compile(r"(?:https?://[^#\s]*#)?peerset(-[a-z]+)?:", re.ASCII | re.IGNORECASE)
_NO_ROOM: Final = {
    "-device": "that is a code for a new device, and names no room: peerset devices ask opens it, or a page",
    "-link": "that is the text that a new device shows, and names no room: it is accepted where the other key is",
}
_PAGE: Final = re.compile(r"https?://[^#\s]+", re.ASCII | re.IGNORECASE)
_COLLECTION: Final = re.compile(rf"[a-z][a-z0-9_.-]{{0,{COLLECTION_NAME_CHARACTERS_MAX - 1}}}")
_GRANT: Final = re.compile(r"[A-Za-z0-9_-]{192,2048}")
_UNWRITABLE: Final = re.compile(r"[\x00-\x1f\ud800-\udfff]")
_NAME: Final = re.compile(r"[0-9A-Za-z]+")
"""What ids and keys are written in, as text of NIP-19 or in hex."""
_SPAN: Final = re.compile(r"[0-9]{1,9}[smhdw]?|forever")

Fields: TypeAlias = Mapping[str, list[str]]
"""Values by the name of their field, in their order."""


@dataclass(frozen=True, slots=True)
class RecordTarget:
    """Names a record of the room."""

    id: RecordId


@dataclass(frozen=True, slots=True)
class KeyTarget:
    """Names the register of a collection."""

    collection: str
    key: str
    author: PublicKey | None = None
    """Whose it is, where each author has one of that key."""
    at: RecordId | None = None
    """The version that is meant; None for the current one."""

    def __post_init__(self) -> None:
        _check_collection(self.collection)
        _check_key("a key", self.key)


@dataclass(frozen=True, slots=True)
class FileTarget:
    """Names a file, by its path in a collection of files."""

    collection: str
    path: str
    """Names between ``/``, none of which is empty, ``.`` or ``..``."""
    author: PublicKey | None = None
    at: RecordId | None = None

    def __post_init__(self) -> None:
        _check_collection(self.collection)
        _check_key("a path", self.path)
        if {"", ".", ".."} & set(self.path.split("/")):
            raise ConfigError("a path has names between its slashes, and none of them is empty, . or ..")


Target: TypeAlias = RecordTarget | KeyTarget | FileTarget


@dataclass(frozen=True, slots=True)
class Address:
    """A room, perhaps something in it, and what it takes to join; what is left out, the reader decides.

    Raises:
        ConfigError: a part can stand in no address.

    """

    name: RoomName
    target: Target | None = None
    signaling: tuple[str, ...] = ()
    """Where members meet, as specs (docs/signaling.md)."""
    phases: int | None = None
    """The period of the room's names towards trackers, in seconds."""
    policies: tuple[str, ...] = ()
    """The rules to join with, as specs (docs/policies.md)."""
    retention: int | None = None
    """How long records are kept, in seconds."""
    password: str = field(default="", repr=False)
    seals: tuple[str, ...] = field(default=(), repr=False)
    """Secrets of a sealed room, ``seal1...``, the newest first."""
    grants: tuple[str, ...] = field(default=(), repr=False)
    """Texts that let a key write."""

    def __post_init__(self) -> None:
        _check_text("password", self.password)
        for name, values in (("signaling", self.signaling), ("policy", self.policies), ("seal", self.seals)):
            _check_texts(name, values)
        _check_texts("grant", self.grants)
        for spec in self.policies:
            check_portable(spec)
        for seal in self.seals:
            if bech32.encode(SEAL_PREFIX, bech32.decode(SEAL_PREFIX, seal)) != seal:
                raise ConfigError("a seal is written in lower case")
        if not all(map(_GRANT.fullmatch, self.grants)):
            raise ConfigError("a grant is a text of at least 192 letters, digits, _ and -")
        for seconds, read in ((self.phases, read_phases), (self.retention, read_retention)):
            if seconds is not None:
                read(seconds)

    @property
    def public(self) -> "Address":
        """The same without its secrets, and without the policies that only who has the seal can follow."""
        policies = tuple(filter(is_of_envelopes, self.policies)) if self.seals else self.policies
        return replace(self, password="", seals=(), grants=(), policies=policies)


def is_address(text: str) -> bool:
    """Say whether *text* begins as an address does, or as a link to a page that holds one; codes do, too."""
    return _BEGINNING.match(text.strip(" \t\r\n")) is not None


def parse_address(text: str) -> Address:
    """Read an address, or a link to a page that holds one.

    Raises:
        ConfigError: it is none, is too long, says something twice, or names what no room can have. The message repeats
            no secret.

    """
    if len(text) > ADDRESS_CHARACTERS_MAX:
        raise ConfigError(f"an address is a text of at most {ADDRESS_CHARACTERS_MAX} characters")
    bare = text.strip(" \t\r\n")
    link = _LINK.match(bare)
    bare = bare[link.end() :] if link else bare
    if bare[: len(SCHEME)].lower() != SCHEME:
        other = _BEGINNING.match(bare)
        kind = "" if other is None else other[1].lower()
        usual = f"an address begins with {SCHEME}, or is a link to a page with #{SCHEME} in it"
        raise ConfigError(_NO_ROOM.get(kind, usual))
    public, _, hidden = bare[len(SCHEME) :].partition("#")
    path, _, query = public.partition("?")
    if link:
        # All of it stands behind the link's own #.
        said = _fields_in(f"{query}&{hidden}", known=(*_PUBLIC, *_SECRET))
    else:
        said = {**_fields_in(query, known=_PUBLIC), **_fields_in(hidden, known=_SECRET)}
    return _address_of([unquoted(segment) for segment in path.split("/")], said)


def make_address(address: Address) -> str:
    """Write *address*, secrets included, in the one form that both languages write.

    Raises:
        ConfigError: it has more than `ADDRESS_CHARACTERS_MAX` characters.

    """
    public, secret = _query_of(address, _PUBLIC), _query_of(address, _SECRET)
    return _checked(SCHEME + _path_of(address) + (public and f"?{public}") + (secret and f"#{secret}"))


def make_link(address: Address, page: str) -> str:
    """Write a link to *page*, an address of the web, that hands *address* over, secrets included.

    All of it stands behind ``#``: browsers keep that to themselves.

    Raises:
        ConfigError: *page* is no such address, or has a fragment; or it has too many characters.

    """
    if not _PAGE.fullmatch(page):
        raise ConfigError("a page has an address such as https://example.org/chat, without #")
    said = "&".join(filter(None, (_query_of(address, _PUBLIC), _query_of(address, _SECRET))))
    return _checked(f"{page}#{SCHEME}{_path_of(address)}" + (said and f"?{said}"))


# Reading.


def _fields_in(query: str, *, known: tuple[str, ...]) -> Fields:
    parts = [part for part in query.split("&") if part]
    if len(parts) > ADDRESS_FIELDS_MAX:
        raise ConfigError(f"an address has at most {ADDRESS_FIELDS_MAX} fields, not {len(parts)}")
    found: dict[str, list[str]] = {}
    for part in parts:
        name, _, value = part.partition("=")
        if name not in known:
            raise ConfigError(_stranger(name))
        if not value:
            raise ConfigError(f"the field {name} of the address is empty")
        if name in found and name not in _SEVERAL:
            raise ConfigError(f"the address says {name} more than once")
        found.setdefault(name, []).append(unquoted(value))
    return found


def _stranger(name: str) -> str:
    if name in _SECRET:
        return f"{name} is a secret and stands after the # of an address: before it, servers would be told"
    if name in _PUBLIC:
        return f"{name} is no secret and stands before the # of an address"
    # It may be a secret that has lost its name.
    return "the address has a field that is none of: " + ", ".join((*_PUBLIC, *_SECRET))


def _address_of(segments: list[str], said: Fields) -> Address:
    if len(segments) < 2:
        raise ConfigError("an address names an app and a room, as in peerset:peerset/lobby")
    return Address(
        RoomName(segments[0], segments[1]),
        _target_of(segments[2:], said),
        signaling=tuple(said.get("signaling", ())),
        phases=read_phases(_said("phases", said, _SPAN)),
        policies=tuple(said.get("policy", ())),
        retention=None if "retention" not in said else read_retention(_said("retention", said, _SPAN)),
        password="".join(said.get("password", ())),
        seals=tuple(bech32.encode(SEAL_PREFIX, bech32.decode(SEAL_PREFIX, seal)) for seal in said.get("seal", ())),
        grants=tuple(said.get("grant", ())),
    )


def _target_of(rest: list[str], said: Fields) -> Target | None:
    author = read_key(_said("author", said, _NAME)) if "author" in said else None
    at = read_whole_id(_said("at", said, _NAME)) if "at" in said else None
    match rest:
        case ["key", collection, key]:
            return KeyTarget(collection, key, author, at)
        case ["file", collection, *names] if names:
            if any("/" in name for name in names):
                raise ConfigError("a name in a path holds no slash")
            return FileTarget(collection, "/".join(names), author, at)
    if author is not None or at is not None:
        raise ConfigError("author and at say which version of a key or file is meant, and the address names neither")
    match rest:
        case []:
            return None
        case ["record", record_id] if _NAME.fullmatch(record_id):
            return RecordTarget(read_whole_id(record_id))
        case _:
            raise ConfigError("after its room an address has /record/ID, /key/COLLECTION/KEY or /file/COLLECTION/PATH")


def _said(name: str, said: Fields, form: re.Pattern[str]) -> str | None:
    """Give the one value of the field *name*, which is of *form*; None where the address does not say it."""
    if name not in said:
        return None
    value = said[name][0]
    if not form.fullmatch(value):
        raise ConfigError(f"{name} of the address cannot be {shown(value)}")
    return value


# Writing.


def _path_of(address: Address) -> str:
    names = [address.name.app, address.name.room]
    match address.target:
        case None:
            pass
        case RecordTarget(record_id):
            names += ["record", bech32.encode("note", record_id)]
        case KeyTarget(collection, key):
            names += ["key", collection, key]
        case FileTarget(collection, path):
            names += ["file", collection, *path.split("/")]
    return "/".join(quoted(name, plain=_IN_PATH) for name in names)


def _query_of(address: Address, names: Iterable[str]) -> str:
    values = _values_of(address)
    return "&".join(f"{name}={quoted(value, plain=_IN_FIELDS)}" for name in names for value in values[name])


def _values_of(address: Address) -> Mapping[str, tuple[str, ...]]:
    target = address.target
    author, at = (None, None) if target is None or isinstance(target, RecordTarget) else (target.author, target.at)
    return {
        "at": () if at is None else (bech32.encode("note", at),),
        "author": () if author is None else (npub(author),),
        "grant": address.grants,
        "password": (address.password,) if address.password else (),
        "phases": () if address.phases is None else (span_text(address.phases),),
        "policy": address.policies,
        "retention": () if address.retention is None else (span_text(address.retention),),
        "seal": address.seals,
        "signaling": address.signaling,
    }


# Checking.


def _checked(text: str) -> str:
    if len(text) > ADDRESS_CHARACTERS_MAX:
        raise ConfigError(
            f"an address has at most {ADDRESS_CHARACTERS_MAX} characters; this one would have {len(text)}"
        )
    return text


def _check_collection(name: str) -> None:
    if not _COLLECTION.fullmatch(name):
        raise ConfigError("the address names a collection that can be none: its name has a-z 0-9 _ . -, a letter first")


def _check_key(what: str, key: str) -> None:
    _check_text(what, key)
    if not 0 < len(key.encode()) <= DOCUMENT_KEY_BYTES_MAX:
        raise ConfigError(f"{what} in an address has 1 to {DOCUMENT_KEY_BYTES_MAX} bytes")


def _check_texts(name: str, values: tuple[str, ...]) -> None:
    if len(set(values)) != len(values) or not all(values):
        raise ConfigError(f"the address says a value of {name} twice, or an empty one")
    for value in values:
        _check_text(name, value)


def _check_text(name: str, value: str) -> None:
    if _UNWRITABLE.search(value):
        raise ConfigError(f"{name} in an address has no control characters and no half of a surrogate pair")
