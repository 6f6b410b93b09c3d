"""Atomic batches: what a commit says, and when its batch is complete (docs/protocol.md, "Batches").

The documents of an atomic batch carry a tag ``batch`` with its nonce. Nobody sees them until a commit of the same
author and nonce is here, and everything that it lists: its ids are members, or their author deleted them. So it depends
on the set alone, whatever came first.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from peerset.core.limits import BATCH_DOCUMENTS_MAX
from peerset.core.record import KIND_COMMIT, Record, RecordId
from peerset.documents.document import BATCH_TAG
from peerset.documents.value import read_json

_NONCE: Final = re.compile("[0-9a-f]{32}")
_ID: Final = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Commit:
    """What a record of `KIND_COMMIT` says."""

    nonce: str
    ids: frozenset[RecordId]


def read_commit(record: Record) -> Commit | None:
    """Read *record* as the commit of a batch; None when it is none, or makes no sense."""
    if record.kind != KIND_COMMIT:
        return None
    nonce = record.tag_value(BATCH_TAG) or ""
    try:
        listed = read_json(record.content)
    except ValueError:
        return None
    if not _NONCE.fullmatch(nonce) or not isinstance(listed, list) or not 1 <= len(listed) <= BATCH_DOCUMENTS_MAX:
        return None
    ids = [each for each in listed if isinstance(each, str) and _ID.fullmatch(each)]
    return Commit(nonce, frozenset(RecordId(bytes.fromhex(each)) for each in ids)) if len(ids) == len(listed) else None


def commit_content(ids: Iterable[RecordId]) -> str:
    """Write the content of a commit."""
    return "[" + ",".join(f'"{each.hex()}"' for each in ids) + "]"
