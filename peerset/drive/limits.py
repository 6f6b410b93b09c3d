"""How much files of a room may take here."""

import re
from dataclasses import dataclass
from typing import Final, Literal

from peerset.core.limits import BLOB_BYTES_MAX, BLOB_PIECE_BYTES, INTEGER_MAX
from peerset.core.typed import shown
from peerset.errors import ConfigError

UNITS: Final = {"": 1, "kib": 2**10, "mib": 2**20, "gib": 2**30, "kb": 10**3, "mb": 10**6, "gb": 10**9, "b": 1}

_SIZE: Final = re.compile(r"([0-9]{1,12})\s*([A-Za-z]{0,3})")

Keep = Literal["used", "all"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What ``join(files=…)`` takes: how long a file may be, what all take on this disk, and which are kept.

    *blob* and *room* are bytes, or texts such as ``"64 MiB"``. With *keep* ``"used"`` what was read here is kept, and
    goes when there is no room, what was not used for longest first; ``"all"`` fetches every file that a record names,
    as long as it fits, and of each author no more than *author*, by default a quarter of *room*.
    """

    blob: int | str = "64 MiB"
    room: int | str = "1 GiB"
    keep: Keep = "used"
    author: int | str | None = None

    def __post_init__(self) -> None:
        if self.keep not in ("used", "all"):
            raise ConfigError(f"files are kept 'used' or 'all', not {shown(self.keep)}")
        read_size("the room for files", self.room)
        if self.author is not None:
            read_size("an author's files", self.author)
        if self.blob_bytes > BLOB_BYTES_MAX:
            raise ConfigError(f"a file has at most {BLOB_BYTES_MAX} bytes (64 GiB), not {shown(self.blob)}")

    @property
    def blob_bytes(self) -> int:
        """The longest file that is written or fetched here."""
        return read_size("the longest file", self.blob)

    @property
    def room_bytes(self) -> int:
        """What all files take here at most."""
        return read_size("the room for files", self.room)

    @property
    def author_bytes(self) -> int:
        """What one author's files take of that, unless somebody here reads more of them."""
        return self.room_bytes // 4 if self.author is None else read_size("an author's files", self.author)


def read_size(name: str, given: object) -> int:
    """Read a number of bytes, as a whole number or a text such as ``"64 MiB"``.

    Raises:
        ConfigError: it is none, or less than one piece of a file (128 KiB).

    """
    match = _SIZE.fullmatch(given.strip()) if isinstance(given, str) else None
    unit = None if match is None else UNITS.get(match[2].lower())
    number = given if type(given) is int else 0
    size = number if match is None or unit is None else int(match[1]) * unit
    if not BLOB_PIECE_BYTES <= size <= INTEGER_MAX:
        raise ConfigError(f"{name} is a number of bytes from {BLOB_PIECE_BYTES}, such as '64 MiB', not {shown(given)}")
    return size


def read_limits(given: object) -> Limits | None:
    """Read what ``join(files=…)`` was given; None for no files.

    Raises:
        ConfigError: it is neither.

    """
    if given is None or isinstance(given, Limits):
        return given
    raise ConfigError(f"files is peerset.Limits(...) or None, not {shown(given)}")
