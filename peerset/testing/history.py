"""One digest over everything that happened in a simulation: equal digests mean equal histories."""

import dataclasses
import hashlib
import struct
from enum import Enum
from functools import cache

from peerset.core.record import Record


class History:
    """Takes note of inputs and effects in the order in which they happen."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self.length = 0
        """How many things happened."""

    def note(self, time: float, who: int, what: object) -> None:
        """Add that *what* happened to member number *who* at *time* (virtual seconds)."""
        self._hash.update(struct.pack(">dI", time, who))
        self._hash.update(encode(what))
        self.length += 1

    @property
    def fingerprint(self) -> str:
        """The digest so far, in hex."""
        return self._hash.hexdigest()


class Unwritten(History):
    """Only counts: in a large swarm the digest would take a good part of the time."""

    def note(self, time: float, who: int, what: object) -> None:
        """Count that something happened."""
        self.length += 1


def encode(value: object) -> bytes:
    """Write *value* as bytes that differ for different values and do not depend on the process.

    Raises:
        TypeError: *value* holds something whose order or form is not fixed, such as a set.

    """
    match value:
        case bytes():
            return b"b%d:%b" % (len(value), value)
        case Record():
            return b"r" + value.wire
        case str():
            text = value.encode("utf-8", "surrogatepass")
            return b"s%d:%b" % (len(text), text)
        case bool() | None:
            return repr(value).encode()
        case int():
            return b"i%d;" % value
        case float():
            return b"f" + struct.pack(">d", value)
        case tuple() | list():
            return b"(%b)" % b"".join(map(encode, value))
        case dict():
            return encode(sorted(value.items()))
        case _:
            return encode((type(value).__name__, *_parts(value)))


def _parts(value: object) -> tuple[object, ...]:
    if isinstance(value, Enum):
        return (value.name,)
    if isinstance(value, frozenset):
        return tuple(sorted(map(encode, value)))
    kind: type = type(value)
    return tuple([getattr(value, name) for name in _names(kind)])


@cache
def _names(kind: type) -> tuple[str, ...]:
    if not dataclasses.is_dataclass(kind):
        raise TypeError(f"a history cannot hold a {kind.__name__}")
    return tuple(field.name for field in dataclasses.fields(kind))
