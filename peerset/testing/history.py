"""One digest over everything that happened in a simulation: equal digests mean equal histories."""

import dataclasses
import hashlib
import struct
from collections.abc import Callable, Iterable
from enum import Enum
from functools import cache
from types import NoneType
from typing import Any, Final, TypeAlias

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
    kind: type = type(value)
    return _encoder_of(kind)(value)


Encoder: TypeAlias = Callable[[Any], bytes]


def _encode_text(value: str) -> bytes:
    text = value.encode("utf-8", "surrogatepass")
    return b"s%d:%b" % (len(text), text)


def _encode_row(values: Iterable[object]) -> bytes:
    return b"(%b)" % b"".join(map(encode, values))


_ENCODERS: Final[tuple[tuple[type, Encoder], ...]] = (
    (bytes, lambda value: b"b%d:%b" % (len(value), value)),
    (Record, lambda value: b"r" + value.wire),
    (str, _encode_text),
    (bool, lambda value: repr(value).encode()),
    (NoneType, lambda value: repr(value).encode()),
    (int, lambda value: b"i%d;" % value),
    (float, lambda value: b"f" + struct.pack(">d", value)),
    (tuple, _encode_row),
    (list, _encode_row),
    (dict, lambda value: _encode_row(sorted(value.items()))),
)


@cache
def _encoder_of(kind: type) -> Encoder:
    """Give what encodes values of *kind*, which is looked for once: a history has millions of them."""
    for base, encoder in _ENCODERS:
        if issubclass(kind, base):
            return encoder
    name = kind.__name__
    if issubclass(kind, Enum):
        return lambda value: _encode_row((name, value.name))
    if issubclass(kind, frozenset):
        return lambda value: _encode_row((name, *sorted(map(encode, value))))
    if not dataclasses.is_dataclass(kind):
        raise TypeError(f"a history cannot hold a {name}")
    fields = [field.name for field in dataclasses.fields(kind)]
    return lambda value: _encode_row([name, *[getattr(value, field) for field in fields]])
