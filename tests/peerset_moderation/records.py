"""Records for the tests of policies."""

from collections.abc import Sequence

from peerset import Record, SecretKey
from peerset.core.clock import UnixTime
from peerset.core.record import sign_record

START = 1_790_000_000


def key(number: int) -> SecretKey:
    """Give the test key *number*, from 1."""
    return SecretKey(number.to_bytes(32, "big"))


def make_record(
    content: str = "",
    *,
    at: int = START,
    kind: int = 1_078,
    tags: Sequence[Sequence[str]] = (),
    author: int = 1,
) -> Record:
    """Sign a record of the test key *author*."""
    return sign_record(key(author), created_at=UnixTime(at), kind=kind, tags=tags, content=content)


def fill(unit: str, size_bytes: int = 65_000) -> str:
    """Repeat *unit* until it has about as many bytes as a record may."""
    return unit * (size_bytes // len(unit.encode()))
