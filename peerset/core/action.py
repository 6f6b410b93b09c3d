"""Application actions: the ordinary messages of a Trystero room, beside our own protocol."""

from dataclasses import dataclass
from typing import TypeAlias

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None

ACTION_NAME_BYTES_MAX = 32
PROTOCOL_ACTION = "peerset"
"""The action that carries our protocol; applications may not use it."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Stands for what was not said, where None says something: Trystero tells metadata that was not sent from null."""


@dataclass(frozen=True, slots=True)
class Action:
    """One message under *name* (1 to 32 bytes of UTF-8, not beginning with ``@_``)."""

    name: str
    payload: bytes | Json
    """Bytes, a text, or any other JSON value."""
    metadata: Json | Missing = Missing()
