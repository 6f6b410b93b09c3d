"""What a demo peer tells the process that started it: JSON lines on stdout; the orders it takes on stdin."""

import json
from dataclasses import asdict, dataclass
from typing import Final

from peerset.errors import RemoteProtocolError

ORDER_IDS: Final = "ids"
"""Tell every id you have."""
ORDER_LEAVE: Final = "leave"
"""Leave the room and end; the end of stdin means the same."""


@dataclass(frozen=True, slots=True)
class Status:
    """How far a peer is."""

    sessions: int
    records: int
    root: str
    """In hex."""
    state: str
    """For people: "joining", "publishing", "syncing" or "in sync"."""
    latest: str = ""
    """The newest note of the others, as a live query gives it."""


@dataclass(frozen=True, slots=True)
class Ids:
    """Every record id the peer's store holds, in hex, in order."""

    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """What the peer tried to publish against the room's rules was refused."""

    content: str
    reason: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The peer cannot go on."""

    reason: str


Report = Status | Ids | Refused | Failed

_KINDS: Final[dict[str, type[Report]]] = {"status": Status, "ids": Ids, "refused": Refused, "failed": Failed}


def encode(report: Report) -> str:
    """Write *report* as one line."""
    return json.dumps({"report": type(report).__name__.lower(), **asdict(report)}, separators=(",", ":"))


def decode(line: str | bytes) -> Report:
    """Read one line.

    Raises:
        RemoteProtocolError: it is no report.

    """
    try:
        row = json.loads(line)
        kind = _KINDS[row.pop("report")]
        return Ids(tuple(row["ids"])) if kind is Ids else kind(**row)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RemoteProtocolError(f"a demo peer wrote {line!r}, which is no report") from error
