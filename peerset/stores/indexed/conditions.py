"""Conditions on columns as SQL, with exactly the meaning that `peerset.documents.where` gives them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from peerset.core.action import Json
from peerset.documents.definition import ColumnType, Definition
from peerset.documents.order import AUTHOR, KEY, TIME
from peerset.documents.where import RANGES, Asked, Condition, Either, Op, Where
from peerset.stores.indexed.tables import column_of

Bound: TypeAlias = int | float | str | bytes | None

OPERATORS: Final = {Op.GT: ">", Op.GTE: ">=", Op.LT: "<", Op.LTE: "<="}

_LAST_CHARACTER: Final = "\U0010ffff"
_BEFORE_SURROGATES: Final = "\ud7ff"
_AFTER_SURROGATES: Final = "\ue000"


@dataclass(frozen=True, slots=True)
class Clause:
    """A condition of SQL; false wherever it is null."""

    sql: str
    values: tuple[Bound, ...] = ()

    @property
    def is_never(self) -> bool:
        """Say whether nothing can meet it."""
        return self.sql == NEVER.sql


ALWAYS: Final = Clause("1")
NEVER: Final = Clause("0")


class Kind:
    """What a column holds beside null: which values can be compared with it, and what stands for them in the file."""

    def __init__(self, definition: Definition, field: str) -> None:
        place = definition.column(field)
        self.column = column_of(definition, field) or ""
        if field == TIME:
            self.rank = 3
        elif field in (KEY, AUTHOR) or place is None:
            self.rank = 4
        else:
            self.rank = {ColumnType.BOOLEAN: 1, ColumnType.NUMBER: 3, ColumnType.TEXT: 4}[
                definition.columns[place].type
            ]
        self.is_author = field == AUTHOR

    def bound(self, value: Asked) -> Bound:
        """Give what stands for *value*, which is of this kind."""
        if self.is_author and isinstance(value, str):
            return bytes.fromhex(value)
        return int(value) if isinstance(value, bool) else value  # type: ignore[return-value] # a scalar

    def value(self, bound: Bound) -> bool | int | float | str | None:
        """Give what *bound*, from this column, stands for."""
        if isinstance(bound, bytes):
            return bound.hex()
        return bool(bound) if self.rank == 1 and bound is not None else bound


KINDS_MAX: Final = 4_096
"""So many are remembered."""
_KINDS: Final[dict[tuple[bytes, str], Kind]] = {}


def kind_of(definition: Definition, field: str) -> Kind:
    """Give what a column holds."""
    named = definition.digest, field
    found = _KINDS.get(named)
    if found is None:
        if len(_KINDS) >= KINDS_MAX:
            _KINDS.clear()
        found = _KINDS[named] = Kind(definition, field)
    return found


def rank_of(value: Asked) -> int:
    """Give the place of a value's type in the order of types; -1 for what is no scalar."""
    match value:
        case None:
            return 0
        case bool():
            return 1
        case int() | float():
            return 3
        case str():
            return 4
        case _:
            return -1


def clause_of(condition: Condition | Either, definition: Definition) -> Clause | None:
    """Write a condition as SQL; None when the columns do not tell."""
    if isinstance(condition, Either):
        branches = [_all(branch, definition) for branch in condition.branches]
        return None if None in branches else either([each for each in branches if each is not None])
    kind = kind_of(definition, condition.field)
    if not kind.column:
        return None
    match condition.op:
        case Op.EQ:
            return same(kind, condition.value)
        case Op.NE:
            return _other(kind, condition.value)
        case Op.IN:
            return _one_of(kind, condition.value)
        case Op.EXISTS:
            return Clause(f"{kind.column} IS {'NOT ' if condition.value else ''}NULL")
        case Op.PREFIX:
            return _beginning(kind, condition.value)
        case Op.HAS | Op.WITHIN | Op.NEAR:
            return NEVER
        case _:
            return _beyond(kind, condition.op, condition.value)


def every(clauses: Sequence[Clause]) -> Clause:
    """Join conditions of which all must hold."""
    said = [each for each in clauses if each.sql != ALWAYS.sql]
    if len(said) < 2:
        return said[0] if said else ALWAYS
    sqls = [each.sql for each in said]
    if NEVER.sql in sqls:
        return NEVER
    return Clause(" AND ".join(sqls), tuple([value for each in said for value in each.values]))


def either(clauses: Sequence[Clause]) -> Clause:
    """Join conditions of which one must hold."""
    clauses = [each for each in clauses if not each.is_never]
    if not clauses:
        return NEVER
    return Clause(
        "(" + " OR ".join(f"({each.sql})" for each in clauses) + ")", tuple(v for each in clauses for v in each.values)
    )


def same(kind: Kind, value: Asked) -> Clause:
    """Say that a column has a value."""
    if value is None:
        return Clause(f"{kind.column} IS NULL")
    return Clause(f"{kind.column} = ?", (kind.bound(value),)) if rank_of(value) == kind.rank else NEVER


def after(kind: Kind, value: Asked, *, is_descending: bool) -> list[Clause]:
    """Say that a column stands after a value: cases that exclude each other, in the order in which they come."""
    mine = rank_of(value)
    if not is_descending:
        if mine in (0, kind.rank):
            return [Clause(f"{kind.column} IS NOT NULL") if mine == 0 else _compared(kind, ">", value)]
        return [Clause(f"{kind.column} IS NOT NULL")] if mine < kind.rank else []
    if mine == 0:
        return []
    missing = Clause(f"{kind.column} IS NULL")
    if mine == kind.rank:
        return [_compared(kind, "<", value), missing]
    return [missing] if mine < kind.rank else [ALWAYS]


def is_range(condition: Condition) -> bool:
    """Say whether a condition asks for parts of an index that do not hold null."""
    if condition.op is Op.IN:
        return isinstance(condition.value, list) and None not in condition.value
    return condition.op in RANGES or condition.op is Op.PREFIX


def _all(where: Where, definition: Definition) -> Clause | None:
    clauses = [clause_of(each, definition) for each in where]
    return None if None in clauses else every([each for each in clauses if each is not None])


def _compared(kind: Kind, operator: str, value: Asked) -> Clause:
    return Clause(f"{kind.column} {operator} ?", (kind.bound(value),))


def _other(kind: Kind, value: Asked) -> Clause:
    if value is None:
        return Clause(f"{kind.column} IS NOT NULL")
    return Clause(f"{kind.column} IS NOT ?", (kind.bound(value),)) if rank_of(value) == kind.rank else ALWAYS


def _one_of(kind: Kind, values: Asked) -> Clause:
    asked: Iterable[Json] = values if isinstance(values, list) else ()
    fitting = [kind.bound(each) for each in asked if rank_of(each) == kind.rank]
    clauses = [Clause(f"{kind.column} IS NULL")] if None in asked else []
    if fitting:
        clauses.append(Clause(f"{kind.column} IN ({', '.join('?' * len(fitting))})", tuple(fitting)))
    return clauses[0] if len(clauses) == 1 else either(clauses)


def _beginning(kind: Kind, text: Asked) -> Clause | None:
    if kind.is_author:
        return None
    if kind.rank != rank_of("") or not isinstance(text, str):
        return NEVER
    if not text:
        return Clause(f"{kind.column} IS NOT NULL")
    end = _end_of(text)
    if end is None:
        return Clause(f"{kind.column} >= ?", (text,))
    return Clause(f"{kind.column} >= ? AND {kind.column} < ?", (text, end))


def _beyond(kind: Kind, op: Op, value: Asked) -> Clause:
    return _compared(kind, OPERATORS[op], value) if rank_of(value) == kind.rank else NEVER


def _end_of(text: str) -> str | None:
    """Give the first text after all that begin with *text*; None when there is none."""
    kept = text.rstrip(_LAST_CHARACTER)
    if not kept:
        return None
    last = kept[-1]
    return kept[:-1] + (_AFTER_SURROGATES if last == _BEFORE_SURROGATES else chr(ord(last) + 1))
