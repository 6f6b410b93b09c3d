"""Views: tables that a function of the user keeps, a change at a time, in the transaction that reads the change."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

from peerset.core.action import Json
from peerset.core.limits import VIEW_NAME_CHARACTERS_MAX, VIEW_VALUE_BYTES_MAX
from peerset.core.typed import shown
from peerset.documents.change import Change
from peerset.documents.definition import read_name
from peerset.documents.keys import ViewKey
from peerset.documents.value import read_json
from peerset.errors import ConfigError


class ViewWriter(Protocol):
    """What a view's function writes with; all of it counts together, or not at all."""

    def get(self, key: Sequence[Json], default: Json = None) -> Json:
        """Give the value under *key*."""
        ...

    def put(self, key: Sequence[Json], value: Json) -> None:
        """Keep *value* under *key*, in place of what was there.

        Raises:
            ConfigError: one of them is too long, or JSON cannot say it.

        """
        ...

    def delete(self, key: Sequence[Json]) -> None:
        """Forget what is under *key*, if anything is."""
        ...

    def range(
        self, prefix: Sequence[Json] = (), *, limit: int | None = None, reverse: bool = False
    ) -> list[tuple[ViewKey, Json]]:
        """Give what is under the keys that begin with *prefix*, in order: as documents sort."""
        ...

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run SQL on tables of the view's own, whose names begin with ``v_<name>_``.

        Raises:
            ConfigError: the store is not SQLite, or the SQL touches something else.

        """
        ...


ViewStep: TypeAlias = Callable[[ViewWriter, Change], None]
"""What a view does with one change. The record of one that was removed is whole, so that it can take back what it wrote
when that came."""


@dataclass(frozen=True, slots=True)
class ViewProgress:
    """How far a view has come."""

    count: int
    """How many changes it took just now."""
    is_caught_up: bool
    """It has taken all there is."""
    error: str | None
    """Why it stopped for good; None while it goes on."""
    cause: Exception | None = None
    """What its function raised just now."""


VIEW_BATCH: Final = 1_000
"""So many changes a view takes in one transaction."""


def read_view_name(name: object) -> str:
    """Read the name of a view: as that of a collection, shorter.

    Raises:
        ConfigError: it is none.

    """
    read = read_name(name)
    if len(read) > VIEW_NAME_CHARACTERS_MAX:
        raise ConfigError(f"a view's name has at most {VIEW_NAME_CHARACTERS_MAX} characters, not {shown(name)}")
    return read


def write_value(value: Json) -> str:
    """Write a value of a view.

    Raises:
        ConfigError: JSON cannot say it, some language would read it otherwise, or it is too long.

    """
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        read_json(text)
    except (ValueError, TypeError, RecursionError) as error:
        raise ConfigError(f"a view cannot keep {shown(value)}: {error}") from error
    if len(text.encode()) > VIEW_VALUE_BYTES_MAX:
        raise ConfigError(f"a value of {len(text.encode())} bytes; the limit of a view is {VIEW_VALUE_BYTES_MAX}")
    return text
