"""What an examination found."""

from dataclasses import dataclass
from enum import Enum


class Health(Enum):
    """How bad it is."""

    WELL = "ok"
    WEAK = "warning"
    """Rooms still work, less well or not everywhere."""
    ILL = "failed"
    """Rooms cannot work before this is mended."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One examined thing."""

    name: str
    health: Health
    detail: str
    """What was seen."""
    advice: str = ""
    """What to do; "" when all is well."""
