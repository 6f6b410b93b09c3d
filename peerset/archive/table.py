"""Records as columns of a Parquet file, and back; the names are those of NIP-01, but for the signature."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

import pyarrow as pa
import pyarrow.parquet as pq

from peerset.archive.limits import (
    BATCH_RECORDS,
    FOOTER_BYTES_MAX,
    ROW_GROUP_BYTES_MAX,
    ROW_GROUP_RECORDS_MAX,
)
from peerset.core.clock import UnixTime
from peerset.core.keys import KEY_BYTES, SIGNATURE_BYTES, PublicKey
from peerset.core.record import ID_BYTES, Record, RecordId, check_fields, record_from, shell_of
from peerset.errors import ArchiveError, MalformedError

SCHEMA: Final = pa.schema(
    [
        pa.field("id", pa.binary(ID_BYTES), nullable=False),
        pa.field("author", pa.binary(KEY_BYTES), nullable=False),
        pa.field("created_at", pa.int64(), nullable=False),
        pa.field("kind", pa.int32(), nullable=False),
        pa.field("tags", pa.list_(pa.list_(pa.string()))),
        pa.field("content", pa.string()),
        pa.field("signature", pa.binary(SIGNATURE_BYTES)),
    ]
)
"""Tags, content and signature are null where they were purged."""

_TAGS: Final = "tags.list.element.list.element"
_COMPRESSION: Final = {
    # What is random gets no smaller.
    "id": "none",
    "signature": "none",
    **dict.fromkeys(("author", "created_at", "kind", _TAGS, "content"), "zstd"),
}
_MAGIC: Final = b"PAR1"
_TAIL_BYTES: Final = 8
"""The size of the footer, and the magic word."""


def columns_of(records: Sequence[Record]) -> pa.RecordBatch:
    """Give *records* as columns."""
    rows = [(each, bool(each.wire)) for each in records]
    columns = (
        [each.id for each in records],
        [each.author for each in records],
        [each.created_at for each in records],
        [each.kind for each in records],
        [each.tags if is_whole else None for each, is_whole in rows],
        [each.content if is_whole else None for each, is_whole in rows],
        [each.signature if is_whole else None for each, is_whole in rows],
    )
    arrays = [pa.array(values, field.type) for values, field in zip(columns, SCHEMA, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=SCHEMA)


def open_writer(file: BinaryIO) -> Any:  # noqa: ANN401 - pyarrow has no types
    """Begin a Parquet file: each batch that it is given becomes a row group."""
    return pq.ParquetWriter(
        file,
        SCHEMA,
        compression=_COMPRESSION,
        # A value that is written once and named a million times is what a bomb is made of; readers refuse it.
        use_dictionary=["author", "kind"],
        write_statistics=["author", "created_at", "kind"],
    )


def open_reader(path: Path) -> Any:  # noqa: ANN401 - pyarrow has no types
    """Open a Parquet file of whoever wrote it, and look at what it says of itself.

    Raises:
        ArchiveError: it is none, has other columns, or is larger than we write any.

    """
    _check_footer(path)
    try:
        reader = pq.ParquetFile(path, pre_buffer=False, buffer_size=1 << 20, arrow_extensions_enabled=False)
        schema = reader.schema_arrow
    except MemoryError:
        # That of pyarrow is one of its exceptions, too.
        raise
    except (pa.ArrowException, OSError, ValueError) as error:
        raise ArchiveError(f"no Parquet file: {_first_line(error)}") from error
    if not schema.equals(SCHEMA):
        raise ArchiveError(f"its columns are not {', '.join(map(str, SCHEMA))}")
    for number in range(reader.metadata.num_row_groups):
        group = reader.metadata.row_group(number)
        if not 0 <= group.num_rows <= ROW_GROUP_RECORDS_MAX:
            raise ArchiveError(f"a row group of {group.num_rows} records; the limit is {ROW_GROUP_RECORDS_MAX}")
        if not 0 <= group.total_byte_size <= ROW_GROUP_BYTES_MAX:
            raise ArchiveError(f"a row group of {group.total_byte_size} bytes; the limit is {ROW_GROUP_BYTES_MAX}")
    return reader


def read_records(reader: Any) -> Iterator[Record]:  # noqa: ANN401 - pyarrow has no types
    """Give what is in the file as records and shells, each of which keeps the rules; no signature is checked.

    Raises:
        ArchiveError: a row is no record, or says another id than it has.

    """
    number = 0
    try:
        for batch in reader.iter_batches(batch_size=BATCH_RECORDS, use_threads=False):
            for row in zip(*[column.to_pylist() for column in batch.columns], strict=True):
                number += 1
                yield _record_of(*row)
    except MemoryError:
        raise
    except MalformedError as error:
        raise ArchiveError(f"row {number}: {error}") from error
    except (pa.ArrowException, OSError, ValueError) as error:
        raise ArchiveError(f"after row {number}: {_first_line(error)}") from error


def _record_of(
    record_id: bytes,
    author: bytes,
    created_at: int,
    kind: int,
    tags: Sequence[Sequence[str] | None] | None,
    content: str | None,
    signature: bytes | None,
) -> Record:
    if None in (record_id, author, created_at, kind):
        raise MalformedError("a field is missing that no record is without")
    if tags is None and content is None and signature is None:
        check_fields(PublicKey(author), created_at, kind, (), "")
        return shell_of(RecordId(record_id), PublicKey(author), UnixTime(created_at), kind)
    if tags is None or content is None or signature is None:
        raise MalformedError("tags, content and signature are there or gone together")
    frozen = tuple([() if tag is None else tuple(tag) for tag in tags])
    record = record_from(author, created_at, kind, frozen, content, signature)
    if record.id != record_id:
        raise MalformedError(f"it claims the id {record_id.hex()}, its hash is {record.id.hex()}")
    return record


def _check_footer(path: Path) -> None:
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            file.seek(max(0, size - _TAIL_BYTES))
            tail = file.read()
    except OSError as error:
        raise ArchiveError(f"cannot be read: {error.strerror or error}") from error
    if tail[4:] != _MAGIC:
        raise ArchiveError("no Parquet file: it does not end as one does")
    footer = int.from_bytes(tail[:4], "little")
    if footer > FOOTER_BYTES_MAX:
        raise ArchiveError(f"a footer of {footer} bytes; the limit is {FOOTER_BYTES_MAX}")


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:160]
