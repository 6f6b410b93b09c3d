"""Labels: what somebody says of a record or of a key (NIP-32), for rules over the set (docs/protocol.md, "Labels")."""

import re
from typing import Final

from peerset.core.record import Record

KIND_LABEL: Final = 1_985
NAMESPACE: Final = "peerset"
HIDDEN: Final = "hidden"
"""Of a record: readers shall not see it."""
REVOKED: Final = "revoked"
"""Of a key: what it writes from now on shall not be seen."""
RECORD_TAG: Final = "e"
KEY_TAG: Final = "p"

_DIGITS: Final = re.compile("[0-9a-f]{64}")


def label_tags(label: str, tag: str, subject: bytes) -> list[tuple[str, ...]]:
    """Give the tags of a label of *subject*, an id under `RECORD_TAG` or a key under `KEY_TAG`."""
    return [("L", NAMESPACE), ("l", label, NAMESPACE), (tag, subject.hex())]


def labelled_in(record: Record, label: str, tag: str) -> bytes | None:
    """Give the 32 bytes that *record* labels so, by its first tag of that name; None when it is no such label."""
    if record.kind != KIND_LABEL or not any(each[:3] == ("l", label, NAMESPACE) for each in record.tags):
        return None
    text = record.tag_value(tag) or ""
    return bytes.fromhex(text) if _DIGITS.fullmatch(text) else None
