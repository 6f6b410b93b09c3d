"""The inside of a process that reads days of an archive for another one, and what it takes for that.

A file may be a bomb: its pages say how large they are when they are unpacked already. So a process of its own reads it,
which may take no more memory than a limit; where the system knows no such limit, what the file says of itself decides.
A question is a line of JSON, and so are its answers: how far it is, and at last what the day holds.
"""

import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import pyarrow as pa

from peerset.archive.day_digest import DayDigest, DaySet
from peerset.archive.limits import BATCH_RECORDS, READING_BYTES_MAX
from peerset.archive.spill import write_record
from peerset.archive.table import open_reader, read_records
from peerset.core.bucket import day_of
from peerset.core.expiration import expires_at
from peerset.core.record import Record
from peerset.errors import ArchiveError

try:
    import resource
except ImportError:  # pragma: no cover - Windows
    resource = None  # type: ignore[assignment]  # there is none

TOLD_RECORDS: Final = 16 * BATCH_RECORDS
"""After so many it is told how far it is."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file of a day holds."""

    records: DaySet
    purged: DaySet
    expires: int | None
    """When the first expires that has its content."""


def read_day(
    path: Path, day: int, room: bytes, *, checks_signatures: bool, spill: BinaryIO | None, tell: Callable[[int], None]
) -> Reading:
    """Read the file of *day*, and check every record of it; *spill* gets them, *tell* how many it was by now.

    Raises:
        ArchiveError: it is none, or what is in it is no day of the room; the message names the row.

    """
    everything, purged, expires = DayDigest(), DayDigest(), list[int]()
    number = 0
    for number, record in enumerate(_in_order(path, day), 1):
        everything.add(record.created_at, record.id)
        if not record.wire:
            purged.add(record.created_at, record.id)
        elif record.room_tag != room:
            raise ArchiveError(f"row {number} is a record of another room")
        elif checks_signatures and not record.has_valid_signature():
            raise ArchiveError(f"row {number}: {record.author.hex()[:8]} did not sign {record.id.hex()[:8]}")
        elif (end := expires_at(record)) is not None:
            expires = [min([end, *expires])]
        if spill is not None:
            write_record(spill, record)
        if number % TOLD_RECORDS == 0:
            tell(number)
    return Reading(everything.result(), purged.result(), expires[0] if expires else None)


def _in_order(path: Path, day: int) -> Iterator[Record]:
    last = (-1, b"")
    for number, record in enumerate(read_records(open_reader(path)), 1):
        place = (record.created_at, record.id)
        if day_of(record.created_at) != day:
            raise ArchiveError(f"row {number} is of another day")
        if place <= last:
            raise ArchiveError(f"row {number} is not in the order of created_at and id, or is there twice")
        last = place
        yield record


def answer(question: dict[str, object], tell: Callable[[dict[str, object]], None]) -> dict[str, object]:
    """Give what came of one question."""
    spill = question["spill"]
    try:
        with ExitStack() as stack:
            found = read_day(
                Path(str(question["path"])),
                int(str(question["day"])),
                bytes.fromhex(str(question["room"])),
                checks_signatures=bool(question["checks_signatures"]),
                spill=stack.enter_context(open(str(spill), "wb")) if spill else None,
                tell=lambda number: tell({"read": number}),
            )
    except ArchiveError as error:
        return {"error": str(error)}
    except MemoryError:
        # So is that of pyarrow.
        return {"error": f"it takes more than {READING_BYTES_MAX} bytes of memory to read"}
    except OSError as error:
        # What cannot be read is an error of the archive: this is the disk on which it is spilt.
        return {"failure": error.strerror or str(error)}
    sets = [found.records.count, found.records.digest.hex(), found.purged.count, found.purged.digest.hex()]
    return {"sets": sets, "expires": found.expires}


def limit_memory(more_bytes: int) -> None:
    """Let this process take no more than *more_bytes* beyond what it has; where the system can see to that."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    except OSError:
        return
    limit = pages * resource.getpagesize() + more_bytes
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def serve(questions: BinaryIO, answers: BinaryIO) -> None:
    """Answer every question, until there are no more."""

    def tell(what: dict[str, object]) -> None:
        answers.write(json.dumps(what).encode() + b"\n")
        answers.flush()

    for line in questions:
        tell(answer(json.loads(line), tell))


def main() -> None:
    """Be that process. Its end is that of its input, so Ctrl-C is the other one's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    limit_memory(READING_BYTES_MAX)
    try:
        serve(sys.stdin.buffer, sys.stdout.buffer)
    except BrokenPipeError:
        # Nobody waits for the answer: the flush at the end of Python would say so once more.
        sys.stdout = None
