"""What a user publishes, as the text and the tags of a record."""

import json
from collections.abc import Iterable, Mapping
from typing import Final

from peerset.core.action import Action, Missing
from peerset.core.limits import RECORD_BYTES_MAX
from peerset.core.signal import PeerId
from peerset.core.typed import read_text, several, shown
from peerset.errors import ConfigError, MalformedError

DEPTH_SHOWN_MAX: Final = 100


def text_of(content: object) -> str:
    """Write *content* as a record holds it: a text as it is, anything else as JSON.

    Raises:
        ConfigError: JSON cannot say it: bytes, a date, NaN, or a thing that holds one of these.
        MalformedError: it is longer than any record.

    """
    text = content if isinstance(content, str) else json_of(content, "the content")
    # What is far too long is not hashed and signed first.
    if len(text) > RECORD_BYTES_MAX:
        raise MalformedError(f"a content of {len(text)} characters; the limit is {RECORD_BYTES_MAX} bytes")
    return text


def json_of(value: object, name: str) -> str:
    """Write *value*, which is called *name*, as JSON.

    Raises:
        ConfigError: JSON cannot say it; the message names the part that is to blame.

    """
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        where, blamed = _blame(value, (), DEPTH_SHOWN_MAX)
        place = "".join(f"[{step!r}]" for step in where)
        inside = f"{name}{' at ' if place else ''}{place}"
        raise ConfigError(f"{inside} cannot be {shown(blamed)}: a text, or what JSON can say, is wanted") from error


def check_action(action: Action) -> Action:
    """Refuse an action that cannot be sent.

    Raises:
        ConfigError: its name is no text, or JSON cannot say its payload or metadata.

    """
    read_text("an action's name", action.name)
    if not isinstance(action.payload, bytes):
        json_of(action.payload, "the payload")
    if not isinstance(action.metadata, Missing):
        json_of(action.metadata, "the metadata")
    return action


def read_peers(to: object) -> list[PeerId]:
    """Read to whom something goes: one peer's id, or several.

    Raises:
        ConfigError: one is no text.

    """
    return [PeerId(read_text("a peer's id", peer)) for peer in several("peers", to, singles=(str, bytes))]


def tags_of(tags: object) -> list[tuple[str, ...]]:
    """Read tags as people write them: ``[["t", "a"], ["t", "b"]]``, or by name, ``{"t": ["a", "b"]}``.

    Raises:
        ConfigError: they are neither.

    """
    if isinstance(tags, Mapping):
        return [
            (read_text("a tag's name", name), read_text(f"a value of the tag {shown(name)}", value))
            for name, values in tags.items()
            for value in several(f"the values of the tag {shown(name)}", values, singles=(str,))
        ]
    if isinstance(tags, str | bytes) or not isinstance(tags, Iterable):
        raise ConfigError(f'tags are a list such as [["t", "greeting"]], not {shown(tags)}')
    return [_tag_of(tag) for tag in tags]


def _tag_of(tag: object) -> tuple[str, ...]:
    if isinstance(tag, str | bytes | Mapping) or not isinstance(tag, Iterable):
        raise ConfigError(f'a tag is a list of texts such as ["t", "greeting"], not {shown(tag)}')
    parts = list(tag)
    return tuple(read_text(f"a part of the tag {shown(parts)}", part) for part in parts)


def _blame(value: object, where: tuple[object, ...], depth: int) -> tuple[tuple[object, ...], object]:
    """Find the innermost part of *value* that is to blame, and the way to it."""
    inner: Iterable[tuple[object, object]] = ()
    if isinstance(value, Mapping):
        inner = value.items()
    elif isinstance(value, list | tuple):
        inner = enumerate(value)
    for step, part in inner if depth else ():
        if not _is_json(part):
            return _blame(part, (*where, step), depth - 1)
    return where, value


def _is_json(value: object) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return False
    return True
