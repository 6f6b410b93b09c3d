"""The rows of a view in memory, and what was written for one change, so that it can be undone."""

import json
from bisect import bisect_left, insort
from collections.abc import Sequence
from typing import Any

from peerset.core.action import Json
from peerset.documents.keys import ViewKey, decode_key, encode_key, end_of
from peerset.documents.view import write_value
from peerset.errors import ConfigError


class ViewTable:
    """A `peerset.documents.view.ViewWriter` over rows in memory."""

    def __init__(self) -> None:
        self._keys: list[bytes] = []
        self._values: dict[bytes, str] = {}
        self._before: list[tuple[bytes, str | None]] = []
        """What was there before each write since the last `commit`."""

    def get(self, key: Sequence[Json], default: Json = None) -> Json:
        """Give the value under *key*."""
        text = self._values.get(encode_key(key))
        return default if text is None else json.loads(text)

    def put(self, key: Sequence[Json], value: Json) -> None:
        """Keep *value* under *key*.

        Raises:
            ConfigError: one of them is too long, or JSON cannot say it.

        """
        self._write(encode_key(key), write_value(value))

    def delete(self, key: Sequence[Json]) -> None:
        """Forget what is under *key*, if anything is."""
        self._write(encode_key(key), None)

    def range(
        self, prefix: Sequence[Json] = (), *, limit: int | None = None, reverse: bool = False
    ) -> list[tuple[ViewKey, Json]]:
        """Give what is under the keys that begin with *prefix*, in order."""
        begin = encode_key(prefix)
        keys = self._keys[bisect_left(self._keys, begin) : bisect_left(self._keys, end_of(begin))]
        found = keys[::-1] if reverse else keys
        return [(decode_key(key), json.loads(self._values[key])) for key in found[:limit]]

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Refuse: there is no SQL here."""
        del parameters
        raise ConfigError(f"a view in memory has no SQL for {sql!r}: use a SQLite store")

    def commit(self) -> None:
        """Keep what was written."""
        self._before.clear()

    def undo(self) -> None:
        """Take back what was written since the last `commit`."""
        for key, text in self._before[::-1]:
            self._set(key, text)
        self._before.clear()

    def _write(self, key: bytes, text: str | None) -> None:
        self._before.append((key, self._values.get(key)))
        self._set(key, text)

    def _set(self, key: bytes, text: str | None) -> None:
        if text is None:
            if self._values.pop(key, None) is not None:
                del self._keys[bisect_left(self._keys, key)]
            return
        if key not in self._values:
            insort(self._keys, key)
        self._values[key] = text
