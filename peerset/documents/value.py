"""The values of documents: JSON as every language reads it alike, and the order of its scalars.

Order: null (and what is missing), then false, true, numbers, texts by their UTF-8 bytes. Types do not mix: a number
never equals a text, and true is not 1.
"""

import json
import re
import struct
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final, NoReturn, TypeAlias

from peerset.core.action import Json
from peerset.core.limits import INTEGER_MAX, VALUE_DEPTH_MAX

Scalar: TypeAlias = bool | int | float | str | None

SCALAR_TYPES: Final = frozenset({bool, int, float, str, type(None)})
"""Of which scalars mostly are; others are of types derived from these."""

Rank: TypeAlias = tuple[int, float | int | str]
"""Sorts scalars, whatever their types."""

NOTHING: Final[Rank] = (0, 0)
"""The rank of null, of what is missing, and of arrays and objects."""

WHOLE_DIGITS_END: Final = 1e21
"""From here on JavaScript writes numbers with an exponent."""

SAFE_CHARACTERS: Final = 16
"""A whole number of fewer characters, a sign included, has no digit that a double loses."""

_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def read_json(text: str) -> Json:
    """Read the content of a document.

    Raises:
        ValueError: it is no JSON, or some language would read it otherwise: whole numbers whose last digits a double
            loses, infinities, lone surrogates, more than `VALUE_DEPTH_MAX` levels.

    """
    try:
        value: Json = _DECODER.decode(text)
        # Numbers were looked at while they were read; what remains is rare, and seen in the text.
        is_deep = text.count("{") + text.count("[") > VALUE_DEPTH_MAX
        if is_deep or "\\u" in text or (not text.isascii() and _SURROGATE.search(text)):
            check_json(value, VALUE_DEPTH_MAX)
    except RecursionError as error:
        raise ValueError(_TOO_DEEP) from error
    return value


def check_json(value: object, depth: int) -> None:
    """Make sure that every language reads *value* alike; *depth* levels are left.

    Raises:
        ValueError: it does not, or is no JSON.

    """
    match value:
        case bool() | None:
            pass
        case str():
            if not value.isascii() and _SURROGATE.search(value):
                raise ValueError(_LONE)
        case int() | float():
            _check_number(value)
        case list() | dict() if depth:
            _check_parts(value, depth - 1)
        case list() | dict():
            raise ValueError(_TOO_DEEP)
        case _:
            raise ValueError(f"a {type(value).__name__}, which JSON cannot say")


def value_at(value: Json, path: str) -> Json:
    """Give the part of *value* at a dotted *path*; null where it is missing."""
    for name in path.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def scalar_at(value: Json, trail: Sequence[str]) -> Scalar:
    """Give the part of *value* at a path, name by name; null where it is missing, or no scalar."""
    for name in trail:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value if is_scalar(value) else None  # type: ignore[return-value] # a scalar


def rank(value: Json) -> Rank:
    """Give what *value* is sorted and compared by; arrays and objects count as nothing."""
    match value:
        case bool():
            return (2, 0) if value else (1, 0)
        case int() | float():
            return 3, value
        case str():
            return 4, value
        case _:
            return NOTHING


def is_scalar(value: object) -> bool:
    """Say whether *value* is null, a boolean, a number or a text."""
    return value is None or isinstance(value, bool | int | float | str)


_SIZE: Final = struct.Struct(">I").pack


def canonical(value: Json) -> bytes:
    """Write *value* as bytes that are equal in every language exactly when the values are.

    One letter says what follows: ``n`` null, ``f`` false, ``t`` true, ``d`` a number as a big-endian double, ``s`` a
    text, ``a`` an array, ``o`` an object by its keys in the order of their bytes; a u32 before these says how many
    bytes, parts or keys.
    """
    if type(value) is str:
        # Most are.
        data = value.encode()
        return b"s" + _SIZE(len(data)) + data
    if type(value) is list:
        return b"a" + _SIZE(len(value)) + b"".join([canonical(each) for each in value])
    match value:
        case None:
            return b"n"
        case bool():
            return b"t" if value else b"f"
        case int() | float():
            # There is one zero.
            return b"d" + struct.pack(">d", value or 0)
        case str():
            data = value.encode()
            return b"s" + _SIZE(len(data)) + data
        case list():
            return b"a" + _SIZE(len(value)) + b"".join(map(canonical, value))
        case dict():
            parts = sorted((name.encode(), canonical(name) + canonical(each)) for name, each in value.items())
            return b"o" + _SIZE(len(parts)) + b"".join(part for _, part in parts)


_LONE: Final = "a text with a lone surrogate"
_TOO_DEEP: Final = f"more than {VALUE_DEPTH_MAX} levels"


def _check_number(value: float) -> None:
    if isinstance(value, int) and not -INTEGER_MAX <= value <= INTEGER_MAX:
        raise ValueError("a whole number beyond 2^53 - 1")
    if value - value != 0:
        raise ValueError("a number that is not finite")


def _check_parts(value: list[Any] | dict[Any, Any], depth: int) -> None:
    for name in value if isinstance(value, dict) else ():
        if not isinstance(name, str):
            raise ValueError("an object whose key is no text")  # noqa: TRY004 - one error for all that JSON is not
        if not name.isascii():
            check_json(name, depth)
    for each in value.values() if isinstance(value, dict) else value:
        # Most are plain: asked here, for a call each costs more than the look.
        kind = type(each)
        if kind is str:
            if not each.isascii() and _SURROGATE.search(each):
                raise ValueError(_LONE)
        elif kind is float or kind is int:
            _check_number(each)
        elif kind is not bool and each is not None:
            check_json(each, depth)


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def read_whole(digits: str) -> float:
    """Read a whole number; JavaScript writes doubles below 10^21 as such, whatever their size."""
    if len(digits) < SAFE_CHARACTERS:
        return int(digits)
    number = float(digits)
    if -INTEGER_MAX <= number <= INTEGER_MAX:
        return int(digits)
    if abs(number) < WHOLE_DIGITS_END and Decimal(repr(number)) == Decimal(digits):
        return number
    raise ValueError("a whole number beyond 2^53 - 1")


def _read_double(digits: str) -> float:
    number = float(digits)
    _check_number(number)
    return number


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse, parse_int=read_whole, parse_float=_read_double)
