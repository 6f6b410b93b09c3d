"""Frozen instances made in half the time: their fields are set one by one, and not, as classes do, by name."""

from collections.abc import Callable
from dataclasses import fields
from typing import TypeAlias

Setter: TypeAlias = Callable[[object, object], None]


def setters_of(kind: type) -> tuple[Setter, ...]:
    """Give what sets each field of an instance of *kind*, a dataclass of slots, in the order of its fields.

    An instance to set them in is made by ``object.__new__``; whoever does so sets all of them.
    """
    return tuple(getattr(kind, each.name).__set__ for each in fields(kind))
