"""Records as the original app has them, read from strangers and written for them."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from peerset.bridge.limits import LINK_BYTES_MAX, NAME_BYTES_MAX, TEXT_BYTES_MAX
from peerset.core.action import Json
from peerset.core.limits import INTEGER_MAX

UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
HASH: Final = re.compile(r"[0-9a-f]{64}")
LATITUDE_MAX: Final = 90.0
LONGITUDE_MAX: Final = 180.0


@dataclass(frozen=True, slots=True)
class Original:
    """One record; *uuid* names it, and whoever says it again under that name replaces it."""

    uuid: str
    created_at_ms: int
    bucket: str
    npub: str
    """Who wrote it, as it says; nobody there checks that."""
    text: str
    link: str
    """Empty when there is none."""
    latitude: float
    longitude: float
    """In degrees (WGS 84)."""
    hash: str
    """64 hexadecimal digits, a leaf of the tree; unchecked there, so another's may be anything."""
    signature: str

    def write(self) -> dict[str, Json]:
        """Give it as pages exchange it."""
        integrity: Json = {"hash": self.hash, "signature": self.signature}
        return {**_body(self), "integrity": integrity}


def read_original(uuid: str, value: Json) -> Original | None:
    """Read what a page gives for *uuid*; None when it is no record, or beyond a limit."""
    match value:
        case {"uuid": str(named)} if named != uuid:
            return None
        case {
            "created_at": int(created_at),
            "bucket": str(bucket),
            "author": {"npub": str(npub)},
            "content": {"text": str(text), "link": str(link)},
            "geo": {"latitude": int() | float() as latitude, "longitude": int() | float() as longitude},
            "integrity": {"hash": str(digest), "signature": str(signature)},
        } if is_place(latitude, longitude):
            read = Original(
                uuid, created_at, bucket, npub, text, link, float(latitude), float(longitude), digest, signature
            )
            return read if _is_sane(read) else None
        case _:
            return None


def is_place(latitude: float, longitude: float) -> bool:
    """Say whether that is a place on Earth."""
    return abs(latitude) <= LATITUDE_MAX and abs(longitude) <= LONGITUDE_MAX


def hash_of(original: Original) -> str:
    """Work out the hash as the app does: SHA-256 of the record's JSON without its integrity, in hexadecimal."""
    text = json.dumps(_body(original), ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _body(original: Original) -> Mapping[str, Json]:
    return {
        "uuid": original.uuid,
        "created_at": original.created_at_ms,
        "bucket": original.bucket,
        "author": {"npub": original.npub},
        "content": {"text": original.text, "link": original.link},
        "geo": {"latitude": _number(original.latitude), "longitude": _number(original.longitude)},
    }


def _is_sane(read: Original) -> bool:
    # What has a lone surrogate was refused with the action that it came in.
    names = (read.bucket, read.npub, read.signature)
    return (
        UUID.fullmatch(read.uuid) is not None
        and HASH.fullmatch(read.hash) is not None
        and 0 <= read.created_at_ms <= INTEGER_MAX // 1_000
        and len(read.text.encode()) <= TEXT_BYTES_MAX
        and len(read.link.encode()) <= LINK_BYTES_MAX
        and all(len(name.encode()) <= NAME_BYTES_MAX for name in names)
    )


def _number(value: float) -> int | float:
    """Give *value* as JavaScript writes it: whole numbers have no point."""
    return int(value) if value.is_integer() else value
