"""What a writer expects a register to hold, before it writes."""

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Any, Final, TypeAlias

from peerset.core.record import Record, RecordId
from peerset.core.typed import AnyId, several
from peerset.data.doc import Doc
from peerset.data.reading import id_of
from peerset.documents.document import State, Version, heads_of
from peerset.errors import ConflictError


class Anything(Enum):
    """Stands for whatever a register holds."""

    ANY = "any"


ANY: Final = Anything.ANY

AnyDoc: TypeAlias = Doc[Any] | AnyId
"""A document, or its whole id."""

Expected: TypeAlias = Anything | AnyDoc | Iterable[AnyDoc] | None
"""`ANY`; None: nothing that is seen; a document or several, or their ids: exactly these heads."""

Wanted: TypeAlias = Anything | frozenset[RecordId] | None
"""The same, read."""


def read_expected(expected: Expected) -> Wanted:
    """Read what is expected.

    Raises:
        ConfigError: there is something else than whole ids.

    """
    if expected is None or isinstance(expected, Anything):
        return expected
    return frozenset(map(id_of, several("what is expected", expected, singles=(Doc, Record, str, bytes))))


def check_expected(key: str, expected: Wanted, versions: Sequence[Version]) -> None:
    """Make sure that the register under *key* holds what is *expected*.

    Raises:
        ConflictError: it does not.

    """
    if isinstance(expected, Anything):
        return
    heads = heads_of(versions)
    if expected is None:
        is_met = all(each.state & (State.VOID | State.EXPIRED) for each in heads)
    else:
        is_met = {each.id for each in heads} == expected
    if not is_met:
        raise ConflictError(key, tuple(each.id for each in heads))
