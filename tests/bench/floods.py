"""What attackers push: records, valid or not, signed as they are asked for."""

import random
import time
from collections.abc import Callable, Iterator
from itertools import cycle

from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.limits import BATCH_DOCUMENTS_MAX
from peerset.core.record import ID_BYTES, KIND_RECORD, RecordId, sign_record
from peerset.core.signal import RoomName
from peerset.documents.commit import commit_content
from peerset.documents.document import BATCH_TAG


def make(
    room: RoomName,
    count: int,
    *,
    authors: int = 1,
    age_seconds: int = 0,
    kind: int = KIND_RECORD,
    size: int = 20,
    text: str = "",
    tags: Callable[[int], list[list[str]]] = lambda _: [],
    content: Callable[[int], str] | None = None,
) -> Iterator[bytes]:
    """Sign *count* records of *size* bytes, or of a *content*, *age_seconds* old, by as many *authors*."""
    rng = random.Random(time.time_ns())
    keys = [SecretKey.generate(rng) for _ in range(authors)]
    at = UnixTime(int(time.time()) - age_seconds)
    for number in range(count):
        record = sign_record(
            keys[number % authors],
            created_at=at,
            kind=kind,
            tags=[["h", room.tag.hex()], *tags(number)],
            content=f"{text} {number} ".ljust(size, "x") if content is None else content(number),
        )
        yield record.wire


def nobody_has(number: int) -> list[list[str]]:
    """Name 60 ids that nobody has."""
    return [["e", random.Random(number * 60 + each).randbytes(32).hex()] for each in range(60)]


def of_nobodys_batch(number: int) -> list[list[str]]:
    """Name a batch of which there is no document."""
    return [[BATCH_TAG, f"{number:032x}"]]


def listing_nobodys(number: int) -> str:
    """List 500 ids that nobody has, as a commit does."""
    rng = random.Random(f"commit {number}")
    return commit_content(RecordId(rng.randbytes(ID_BYTES)) for _ in range(BATCH_DOCUMENTS_MAX))


def indexed(number: int) -> list[list[str]]:
    """Give 63 indexed tags."""
    return [["t", f"{number}-{each}"] for each in range(63)]


def again(blobs: Iterator[bytes]) -> Iterator[bytes]:
    """Give *blobs* for ever."""
    return cycle(list(blobs))
