"""What the fields of a dataclass say beyond their types: sizes, bounds and places."""

from dataclasses import dataclass
from typing import Annotated, Final

from peerset.core.action import Json
from peerset.core.typed import shown
from peerset.errors import ConfigError

_KINDS: Final = {"string": "Length", "array": "Items"}


@dataclass(frozen=True, slots=True)
class Size:
    """How long a text (in code points) or a list may be: ``Annotated[str, Size(1, 200)]``."""

    min: int = 0
    max: int | None = None

    def __post_init__(self) -> None:
        for bound in (self.min, self.max):
            if bound is not None and (type(bound) is not int or bound < 0):
                raise ConfigError(f"a size is from one whole number to another, not {shown(bound)}")

    def words(self, kind: str) -> dict[str, Json]:
        """Give what a schema of the type *kind* says for this; nothing where it cannot be said."""
        if kind not in _KINDS:
            return {}
        most: dict[str, Json] = {} if self.max is None else {f"max{_KINDS[kind]}": self.max}
        return {f"min{_KINDS[kind]}": self.min} | most


@dataclass(frozen=True, slots=True)
class Between:
    """From where to where a number may be, both included: ``Annotated[float, Between(0, 5)]``."""

    min: float | None = None
    max: float | None = None

    def __post_init__(self) -> None:
        for bound in (self.min, self.max):
            if bound is not None and (isinstance(bound, bool) or not isinstance(bound, int | float)):
                raise ConfigError(f"numbers are between numbers, not {shown(bound)}")

    def words(self, kind: str) -> dict[str, Json]:
        """Give what a schema of the type *kind* says for this; nothing where it cannot be said."""
        if kind not in ("number", "integer"):
            return {}
        bounds = {"minimum": self.min, "maximum": self.max}
        return {word: bound for word, bound in bounds.items() if bound is not None}


@dataclass(frozen=True, slots=True)
class Point:
    """A place on earth, in degrees."""

    lat: Annotated[float, Between(-90, 90)]
    lon: Annotated[float, Between(-180, 180)]
