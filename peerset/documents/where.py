"""Conditions on documents: a small language of plain data, the same in Python, in pages and on the command line.

``{"city": "Berlin", "stars": {"gte": 4}, "any": [{"open": True}, {"kind": {"in": ["park", "square"]}}]}``: all must
hold. What it means is here, in `matches`; stores may find the same by other means.
"""

import math
import operator
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, TypeAlias, TypeGuard

from peerset.core.action import Json
from peerset.core.limits import INTEGER_MAX, QUERY_BRANCHES_MAX, QUERY_CONDITIONS_MAX, QUERY_VALUES_MAX, VALUE_DEPTH_MAX
from peerset.core.stamp import MICROSECONDS
from peerset.core.typed import read_key, read_since, read_until, shown
from peerset.documents.order import AUTHOR, KEY, OWN_FIELDS, TIME
from peerset.documents.value import Rank, canonical, check_json, is_scalar, rank
from peerset.errors import ConfigError, QueryError

ANY: Final = "any"
ALL: Final = "all"
"""Asked of a field, it is several times ``has``."""
EARTH_METRES: Final = 6_371_008.8
"""The mean radius (IUGG)."""


class Op(Enum):
    """What is asked of a field."""

    EQ = "eq"
    NE = "ne"
    IN = "in"
    GT = "gt"
    GTE = "gte"
    LT = "lt"
    LTE = "lte"
    PREFIX = "prefix"
    EXISTS = "exists"
    HAS = "has"
    WITHIN = "within"
    NEAR = "near"


BEYOND: Final[Mapping[Op, Callable[[Rank, Rank], bool]]] = {
    Op.GT: operator.gt,
    Op.GTE: operator.ge,
    Op.LT: operator.lt,
    Op.LTE: operator.le,
}
"""How the ranks of a value and of a limit are compared."""
RANGES: Final = tuple(BEYOND)


@dataclass(frozen=True, slots=True)
class Box:
    """An area between two latitudes and two longitudes, in degrees; across the date line when west is above east."""

    south: float
    west: float
    north: float
    east: float

    def holds(self, latitude: float, longitude: float) -> bool:
        """Say whether a point lies in it, edges included."""
        if not self.south <= latitude <= self.north:
            return False
        if self.west <= self.east:
            return self.west <= longitude <= self.east
        return longitude >= self.west or longitude <= self.east


@dataclass(frozen=True, slots=True)
class Circle:
    """An area around a point."""

    latitude: float
    longitude: float
    metres: float

    def holds(self, latitude: float, longitude: float) -> bool:
        """Say whether a point lies in it, by the haversine formula on a sphere."""
        north, south = math.radians(latitude), math.radians(self.latitude)
        half = math.sin((north - south) / 2) ** 2
        half += math.cos(north) * math.cos(south) * math.sin(math.radians(longitude - self.longitude) / 2) ** 2
        return 2 * EARTH_METRES * math.asin(math.sqrt(min(half, 1))) <= self.metres


Asked: TypeAlias = Json | Box | Circle


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition on one field; *value* of the field ``time`` is a stamp, of ``author`` a key in hex."""

    field: str
    op: Op
    value: Asked


@dataclass(frozen=True, slots=True)
class Either:
    """One of several must hold."""

    branches: tuple["Where", ...]


Where: TypeAlias = tuple[Condition | Either, ...]
"""All must hold."""

Getter: TypeAlias = Callable[[str], Json]
"""Gives a document's field; null where it is missing. ``time`` is its stamp, ``author`` its key in hex."""


def read_where(given: object, *, fields: Collection[str] | None, now: int, depth: int = 1) -> Where:
    """Read conditions; *fields* are those there are (None: any), *now* is what ages are counted from.

    Raises:
        QueryError: a field or operator is unknown, a value cannot be meant, or there are too many.

    """
    if given is None:
        return ()
    if not isinstance(given, Mapping):
        raise QueryError(f"conditions are an object such as {{'city': 'Berlin'}}, not {shown(given)}")
    found: list[Condition | Either] = []
    for name, asked in given.items():
        if name == ANY and not (fields is not None and ANY in fields):
            found.append(_read_either(asked, fields, now, depth))
            continue
        if not isinstance(name, str) or (fields is not None and name not in fields and name not in OWN_FIELDS):
            known = "" if fields is None else f"; there are: {', '.join([*sorted(fields), *OWN_FIELDS])}"
            raise QueryError(f"documents here have no field {shown(name)}{known}")
        _read_json(name)
        found += _read_conditions(name, asked, now)
    if (count := _count(found)) > QUERY_CONDITIONS_MAX:
        raise QueryError(f"{count} conditions; the limit is {QUERY_CONDITIONS_MAX}, those of 'any' among them")
    return tuple(found)


def matches(where: Where, get: Getter) -> bool:
    """Say whether all of *where* hold of the document whose fields *get* gives."""
    return all(
        any(matches(branch, get) for branch in part.branches)
        if isinstance(part, Either)
        else holds(part, get(part.field))
        for part in where
    )


def holds(condition: Condition, value: Json) -> bool:
    """Say whether *condition* holds of a field's *value*."""
    asked: Any = condition.value
    match condition.op:
        case Op.EQ:
            return _is_same(value, asked)
        case Op.NE:
            return not _is_same(value, asked)
        case Op.IN:
            return any(_is_same(value, each) for each in asked)
        case Op.EXISTS:
            return (value is not None) is asked
        case Op.PREFIX:
            return isinstance(value, str) and value.startswith(asked)
        case Op.HAS:
            return isinstance(value, list) and any(_is_same(each, asked) for each in value)
        case Op.WITHIN | Op.NEAR:
            point = point_of(value)
            return point is not None and bool(asked.holds(*point))
        case _:
            return _is_beyond(condition.op, value, asked)


def point_of(value: Json) -> tuple[float, float] | None:
    """Give the latitude and longitude of a field, an object with ``lat`` and ``lon`` in degrees; None of any other."""
    if not isinstance(value, dict):
        return None
    latitude, longitude = value.get("lat"), value.get("lon")
    if not _is_number(latitude) or not _is_number(longitude):
        return None
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None


def plain(where: Where) -> Json:
    """Write *where* as plain data in one way, whatever its order, for digests of queries."""
    parts: list[Json] = [
        {ANY: sorted((plain(branch) for branch in part.branches), key=canonical)}
        if isinstance(part, Either)
        else [part.field, part.op.value, _plain_value(part.value)]
        for part in where
    ]
    return parts if len(parts) < 2 else sorted(parts, key=canonical)


def _count(where: Iterable[Condition | Either]) -> int:
    return sum(sum(map(_count, part.branches)) if isinstance(part, Either) else 1 for part in where)


def _plain_value(value: Asked) -> Json:
    match value:
        case Box():
            return [value.south, value.west, value.north, value.east]
        case Circle():
            return [value.latitude, value.longitude, value.metres]
        case _:
            return value


def _read_either(asked: object, fields: Collection[str] | None, now: int, depth: int) -> Either:
    if not isinstance(asked, list | tuple) or not 1 <= len(asked) <= QUERY_BRANCHES_MAX or not depth:
        raise QueryError(f"'any' is a list of 1 to {QUERY_BRANCHES_MAX} conditions without 'any', not {shown(asked)}")
    return Either(tuple(read_where(each, fields=fields, now=now, depth=depth - 1) for each in asked))


def _read_conditions(field: str, asked: object, now: int) -> list[Condition]:
    # An object is conditions, unless none of its keys could be one: then it is a value to equal.
    if isinstance(asked, Mapping) and asked and any(name in ASKED for name in asked):
        return [each for name, value in asked.items() for each in _read_asked(field, name, value, now)]
    return [_read_condition(field, Op.EQ, asked, now)]


def _read_asked(field: str, name: object, value: object, now: int) -> list[Condition]:
    if name != ALL:
        return [_read_condition(field, _read_op(name, field), value, now)]
    if not isinstance(value, list | tuple | set | frozenset) or not value:
        raise QueryError(f"'all' wants a list of values that an array must have, not {shown(value)}")
    return [_read_condition(field, Op.HAS, each, now) for each in value]


def _read_op(name: object, field: str) -> Op:
    if name not in _OPS:
        raise QueryError(f"{shown(name)} cannot be asked of {field!r}; there are: {', '.join(ASKED)}")
    return Op(name)


def _read_condition(field: str, op: Op, value: object, now: int) -> Condition:
    match op:
        case Op.IN:
            if not isinstance(value, list | tuple | set | frozenset) or len(value) > QUERY_VALUES_MAX:
                raise QueryError(f"'in' wants a list of at most {QUERY_VALUES_MAX} values, not {shown(value)}")
            return Condition(field, op, [_read_own(field, Op.EQ, each, now) for each in value])
        case Op.EXISTS:
            if not isinstance(value, bool):
                raise QueryError(f"'exists' wants true or false, not {shown(value)}")
            return Condition(field, op, value)
        case Op.WITHIN:
            return Condition(field, op, _read_box(value))
        case Op.NEAR:
            return Condition(field, op, _read_circle(value))
        case Op.PREFIX:
            if not isinstance(value, str):
                raise QueryError(f"'prefix' wants a text, not {shown(value)}")
            return Condition(field, op, _read_json(value))
        case _:
            read = _read_own(field, op, value, now)
            if op in RANGES and (read is None or not is_scalar(read)):
                raise QueryError(f"{op.value!r} wants a number, a text or a boolean, not {shown(value)}")
            return Condition(field, op, read)


def _read_own(field: str, op: Op, value: object, now: int) -> Json:
    """Read a value to compare with; those of a document's own fields as people say them."""
    try:
        if field == AUTHOR:
            return read_key(value).hex()
        if field == TIME:
            return read_stamp(op, value, now)
    except ConfigError as error:
        raise QueryError(str(error)) from error
    if field == KEY and value is not None and not isinstance(value, str):
        raise QueryError(f"a key is a text, not {shown(value)}")
    return _read_json(value)


def read_stamp(op: Op, value: object, now: int) -> int:
    """Read a time that *op* asks about, as a stamp; what no stamp can say is the last one that can be said.

    Raises:
        ConfigError: it is none.

    """
    # To some languages 1.0 and 1 are one number.
    if isinstance(value, float) and math.isfinite(value) and not value.is_integer():
        stamp = round(value * MICROSECONDS)
    elif op in (Op.LTE, Op.GT):
        # A second, or a day, is past when its end is.
        stamp = read_until(value, now=now) * MICROSECONDS + MICROSECONDS - 1
    else:
        stamp = read_since(value, now=now) * MICROSECONDS
    return max(-INTEGER_MAX, min(INTEGER_MAX, stamp))


def _read_json(value: object) -> Json:
    try:
        check_json(value, VALUE_DEPTH_MAX)
    except ValueError as error:
        raise QueryError(f"nothing can be compared with {error}") from error
    return value  # type: ignore[return-value] # it was checked


def _read_box(value: object) -> Box:
    if isinstance(value, Box):
        value = [value.south, value.west, value.north, value.east]
    match _numbers(value):
        case [south, west, north, east] if -90 <= south <= north <= 90 and max(abs(west), abs(east)) <= 180:
            return Box(south, west, north, east)
        case _:
            raise QueryError(f"'within' wants [south, west, north, east] in degrees, not {shown(value)}")


def _read_circle(value: object) -> Circle:
    if isinstance(value, Circle):
        value = [value.latitude, value.longitude, value.metres]
    match _numbers(value):
        case [latitude, longitude, metres] if abs(latitude) <= 90 and abs(longitude) <= 180 and metres >= 0:
            return Circle(latitude, longitude, metres)
        case _:
            raise QueryError(f"'near' wants [latitude, longitude, metres], not {shown(value)}")


_OPS: Final = {op.value: op for op in Op}
ASKED: Final = (*_OPS, ALL)
"""All that may be asked of a field."""


def _is_number(value: object) -> TypeGuard[float]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return -INTEGER_MAX <= value <= INTEGER_MAX if isinstance(value, int) else math.isfinite(value)


def _numbers(value: object) -> list[float]:
    parts = value if isinstance(value, list | tuple) else ()
    numbers = [part for part in parts if _is_number(part)]
    return numbers if len(numbers) == len(parts) else []


def _is_same(one: Json, other: Json) -> bool:
    if is_scalar(one) and is_scalar(other):
        return rank(one) == rank(other)
    return canonical(one) == canonical(other)


def _is_beyond(op: Op, value: Json, asked: Json) -> bool:
    mine, limit = rank(value), rank(asked)
    if not is_scalar(value) or value is None or _type_of(mine) != _type_of(limit):
        return False
    return BEYOND[op](mine, limit)


def _type_of(found: tuple[int, object]) -> int:
    # False and true have ranks of their own and are one type.
    return 1 if found[0] == 2 else found[0]
