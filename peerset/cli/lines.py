"""Records as JSON lines: one NIP-01 event a line, as other Nostr programs read and write them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from peerset.core.record import Record, event_of, record_of
from peerset.errors import MalformedError
from peerset.files import mark_bytes

LINE_BYTES_MAX: Final = 1_048_576
"""A record of the largest size fits, even with every character escaped; a longer line is no record."""


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is no record."""

    number: int
    """Counted from 1."""
    reason: str


@dataclass(frozen=True, slots=True)
class GoodLine:
    """A line that is a record; its signature has not been checked."""

    number: int
    record: Record


def write_line(record: Record) -> bytes:
    """Write *record* as one line: what its author signed, though it be sealed and open here."""
    return json.dumps(event_of(record.envelope), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def read_lines(file: BinaryIO, name: str) -> Iterator[GoodLine | BadLine]:
    """Read every line of *file*, called *name*, in bounded memory; empty lines are skipped.

    Raises:
        ConfigError: before the first line: it is text of another encoding than UTF-8.

    """
    number = 0
    while line := file.readline(LINE_BYTES_MAX + 1):
        number += 1
        if number == 1:
            line = line[mark_bytes(line, name) :]
        if len(line) > LINE_BYTES_MAX:
            _skip_rest(file, line)
            yield BadLine(number, f"longer than {LINE_BYTES_MAX} bytes")
        elif line.strip():
            yield _parse(number, line)


def _parse(number: int, line: bytes) -> GoodLine | BadLine:
    try:
        return GoodLine(number, record_of(json.loads(line)))
    except MalformedError as error:
        return BadLine(number, str(error))
    except (ValueError, RecursionError) as error:
        return BadLine(number, f"not JSON: {error}")


def _skip_rest(file: BinaryIO, line: bytes) -> None:
    while line and not line.endswith(b"\n"):
        line = file.readline(LINE_BYTES_MAX)
