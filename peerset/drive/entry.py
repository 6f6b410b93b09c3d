"""What a room says of a file: its size and type, and its bytes or where they are."""

import base64
import binascii
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from peerset.core.action import Json
from peerset.core.blob import HASH_BYTES, BlobName, Root
from peerset.core.blob_seal import BlobSeal, padded_size
from peerset.core.clock import UnixTime
from peerset.core.keys import PublicKey, npub
from peerset.core.limits import BLOB_BYTES_MAX, BLOB_INLINE_BYTES_MAX
from peerset.core.record import Record

SCHEMA: Final[Mapping[str, Any]] = {
    "type": "object",
    "properties": {
        "size": {"type": "integer", "minimum": 0, "maximum": BLOB_BYTES_MAX},
        "type": {"type": "string", "maxLength": 128},
        "blob": {"type": "string", "minLength": 64, "maxLength": 64},
        "key": {"type": "string", "minLength": 64, "maxLength": 64},
        "plain": {"type": "string", "minLength": 64, "maxLength": 64},
        "data": {"type": "string", "maxLength": 4 * -(-BLOB_INLINE_BYTES_MAX // 3)},
        "executable": {"type": "boolean"},
        "link": {"type": "string", "minLength": 1, "maxLength": 512},
        "meta": {},
    },
    "required": ["size"],
}
"""The schema of files, by which they are a collection (docs/protocol.md, "Files")."""
TYPE_UNKNOWN: Final = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file as the room has it now: of exactly one of *blob*, *data* and *link* its bytes come."""

    path: str
    size: int
    type: str = TYPE_UNKNOWN
    """A media type (RFC 6838)."""
    blob: BlobName | None = None
    """Where its bytes are, unless they are here; sealed ones a bit longer than *size*."""
    seal: BlobSeal | None = None
    """How that is sealed; None where it is not."""
    data: bytes | None = field(default=None, repr=False)
    link: str | None = None
    """The path of another file that this stands for."""
    is_executable: bool = False
    meta: Json = None
    """Whatever else the writer says of it."""
    author: PublicKey | None = None
    time: UnixTime | None = None
    record: Record | None = field(default=None, repr=False, compare=False)

    @property
    def npub(self) -> str | None:
        """Who wrote it (NIP-19)."""
        return None if self.author is None else npub(self.author)

    @property
    def root(self) -> Root | None:
        """The root of the tree over its bytes, open or sealed, unless they are here."""
        if self.seal is not None:
            return self.seal.plain
        return None if self.blob is None else self.blob.root

    def has_bytes_of(self, other: "Entry") -> bool:
        """Say whether both have the same bytes, link and mode."""
        ours = (self.size, self.root, self.data, self.link, self.is_executable)
        return ours == (other.size, other.root, other.data, other.link, other.is_executable)


def type_of(path: str) -> str:
    """Guess a file's media type by its name."""
    return mimetypes.guess_type(path)[0] or TYPE_UNKNOWN


def value_of(entry: Entry) -> dict[str, Json]:
    """Write what a record says of a file."""
    value: dict[str, Json] = {"size": entry.size}
    if entry.type != TYPE_UNKNOWN:
        value["type"] = entry.type
    if entry.blob is not None:
        value["blob"] = entry.blob.root.hex()
    if entry.seal is not None:
        value |= {"key": entry.seal.key.hex(), "plain": entry.seal.plain.hex()}
    if entry.data is not None:
        value["data"] = base64.b64encode(entry.data).decode()
    if entry.link is not None:
        value["link"] = entry.link
    if entry.is_executable:
        value["executable"] = True
    if entry.meta is not None:
        value["meta"] = entry.meta
    return value


def read_entry(path: str, value: Json, record: Record) -> Entry | None:
    """Read what a record says of the file under *path*; None when it makes no sense."""
    if not isinstance(value, dict):
        return None
    size, data, blob, link = (value.get(name) for name in ("size", "data", "blob", "link"))
    if type(size) is not int or sum(each is not None for each in (data, blob, link)) != 1:
        return None
    inline = None if data is None else _inline(data)
    if data is not None and (inline is None or len(inline) != size):
        return None
    name, seal = _blob(blob, size), _seal(value)
    if (blob is not None and name is None) or (link is not None and not isinstance(link, str)):
        return None
    if seal is None and ("key" in value or "plain" in value):
        return None
    kind = value.get("type")
    return Entry(
        path,
        size,
        kind if isinstance(kind, str) else TYPE_UNKNOWN,
        blob=name if name is None or seal is None else BlobName(name.root, padded_size(size)),
        seal=seal,
        data=inline,
        link=link,
        is_executable=value.get("executable") is True,
        meta=value.get("meta"),
        author=record.author,
        time=record.created_at,
        record=record,
    )


def _inline(data: Json) -> bytes | None:
    try:
        return base64.b64decode(data, validate=True) if isinstance(data, str) else None
    except (binascii.Error, ValueError):
        return None


def _blob(text: Json, size: int) -> BlobName | None:
    root = _octets(text)
    return BlobName(Root(root), size) if root is not None and 0 < size <= BLOB_BYTES_MAX else None


def _seal(value: Mapping[str, Json]) -> BlobSeal | None:
    """Read how a blob is sealed; None without a blob, and where that is not said or makes no sense."""
    key, plain = _octets(value.get("key")), _octets(value.get("plain"))
    return None if key is None or plain is None or "blob" not in value else BlobSeal(key, Root(plain))


def _octets(text: Json) -> bytes | None:
    """Read 32 bytes in lower-case hexadecimal."""
    try:
        found = bytes.fromhex(text) if isinstance(text, str) else b""
    except ValueError:
        return None
    return found if found.hex() == text and len(found) == HASH_BYTES else None
