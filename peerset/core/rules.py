"""The rules of a room, and the id by which peers tell whether theirs are equal (docs/protocol.md, "The rules id")."""

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Final

from peerset.core.limits import (
    FUTURE_SECONDS_MAX,
    INTEGER_MAX,
    POSTPONED_SECONDS_MAX,
    RECORD_BYTES_MAX,
    RETENTION_SECONDS,
    RETENTION_SECONDS_MAX,
    RETENTION_SECONDS_MIN,
)
from peerset.errors import ConfigError

HASH_BYTES: Final = 32

_DOMAIN: Final = b"peerset/rules1"
_NAME: Final = re.compile(r"[a-z][a-z0-9_.-]{0,63}")
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an admission policy is, exactly: two peers with equal manifests admit the same records."""

    name: str
    """Lower-case ASCII letters, digits, ``_ . -``; at most 64, a letter first."""
    version: int
    """Grows whenever the policy's judgement changes."""
    parameters: str = "{}"
    """A JSON object in the form that `canonical_json` writes."""
    hashes: tuple[bytes, ...] = ()
    """SHA-256 of each list of data it judges by (words, links), in the order its documentation names them."""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ConfigError(f"the policy name {self.name!r} is not lower-case ASCII of at most 64 characters")
        _check_whole("version", self.version, 0, INTEGER_MAX)
        if any(len(digest) != HASH_BYTES for digest in self.hashes):
            raise ConfigError(f"a hash of {self.name} is not {HASH_BYTES} bytes")
        _check_parameters(self.name, self.parameters)

    @property
    def id(self) -> bytes:
        """The 32 bytes that name this exact policy: SHA-256("peerset/policy1" | canonical JSON of `fields`)."""
        return hashlib.sha256(b"peerset/policy1" + canonical_json(self.fields).encode()).digest()

    @property
    def fields(self) -> list[object]:
        """What the rules' id is made of: name, version, parameters as a text, hashes in hex."""
        return [self.name, self.version, self.parameters, [digest.hex() for digest in self.hashes]]


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides membership beside the record itself; the same on all peers that shall agree."""

    retention_seconds: int = RETENTION_SECONDS
    """How long a record lives after its created_at."""
    record_bytes_max: int = RECORD_BYTES_MAX
    """The largest wire form of a record."""
    future_seconds: int = FUTURE_SECONDS_MAX
    """How far a record's created_at may lie ahead of the clock."""
    policies: tuple[Manifest, ...] = ()
    """The admission policies in force; their order does not matter."""

    def __post_init__(self) -> None:
        _check_whole("retention_seconds", self.retention_seconds, RETENTION_SECONDS_MIN, RETENTION_SECONDS_MAX)
        _check_whole("record_bytes_max", self.record_bytes_max, 1, RECORD_BYTES_MAX)
        _check_whole("future_seconds", self.future_seconds, 0, POSTPONED_SECONDS_MAX)
        if len(set(self.policies)) != len(self.policies):
            raise ConfigError("a policy is listed twice with the same manifest")

    @property
    def id(self) -> bytes:
        """The 32 bytes of the hello: SHA-256("peerset/rules1" | `text`)."""
        return hashlib.sha256(_DOMAIN + self.text.encode()).digest()

    @property
    def text(self) -> str:
        """The canonical JSON that the id is made of."""
        # Admission is "all agree", so the order of policies means nothing and must not change the id.
        policies = sorted((manifest.fields for manifest in self.policies), key=canonical_json)
        return canonical_json([self.retention_seconds, self.record_bytes_max, self.future_seconds, policies])


def canonical_json(value: object) -> str:
    """Write *value* in the one form that every language writes alike.

    No spaces, keys in ASCII and sorted, text unescaped where JSON allows (RFC 8259), whole numbers only.

    Raises:
        ConfigError: it holds a fraction, a number beyond 2^53 - 1, a lone surrogate or a key outside ASCII.

    """
    try:
        _check_json(value)
        text = _ENCODER.encode(value)
        text.encode()
    except (UnicodeEncodeError, RecursionError) as error:
        raise ConfigError(f"no canonical JSON: {error}") from error
    return text


def _check_json(value: object) -> None:
    match value:
        case dict():
            for key, inner in value.items():
                if not isinstance(key, str) or not key.isascii():
                    raise ConfigError(f"the key {key!r} is no ASCII text")
                _check_json(inner)
        case list():
            for inner in value:
                _check_json(inner)
        case None | bool() | str():
            pass
        case int() if abs(value) <= INTEGER_MAX:
            pass
        case _:
            raise ConfigError(f"{value!r} is no text, whole number up to 2^53 - 1, boolean, null, list or object")


def _check_parameters(name: str, parameters: str) -> None:
    try:
        value = json.loads(parameters)
        is_canonical = isinstance(value, dict) and canonical_json(value) == parameters
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"the parameters of {name} are no JSON: {error}") from error
    if not is_canonical:
        raise ConfigError(f"the parameters of {name} are not a JSON object in canonical form")


def _check_whole(name: str, value: int, least: int, most: int) -> None:
    if type(value) is not int or not least <= value <= most:
        raise ConfigError(f"{name} is {value!r}, not a whole number from {least} to {most}")
