"""Receipts: signed records by which a peer says that a policy refused or shadowed a record (docs/policies.md).

A receipt is a record of kind 1079 whose tags begin with ``["h", room]``, ``["c", "receipts"]`` and ``["e", record]``
and whose content is canonical JSON. Anyone who has the record and the policy can run it again, so a false receipt is
proof against whoever signed it.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.record import ID_BYTES, Record, RecordId, sign_record
from peerset.core.rules import HASH_BYTES, canonical_json
from peerset.core.signal import RoomTag
from peerset.errors import ConfigError, MalformedError

KIND_RECEIPT: Final = 1_079
COLLECTION: Final = "receipts"
"""A collection of their own, so that a quota of an author's records does not count them among the others."""
RULE_CHARACTERS_MAX: Final = 64

_FIELDS: Final = frozenset({"manifest", "policy", "record", "rule", "verdict"})
_GROUP: Final = "group"
_NAME: Final = re.compile(r"[a-z][a-z0-9_.-]{0,63}")
_LOWER_HEX: Final = re.compile("[0-9a-f]*")
_GROUP_DOMAIN: Final = b"peerset/group1"


class Fate(Enum):
    """What a policy made of a record."""

    REFUSED = "refused"
    """By an admission policy: it is no member."""
    SHADOWED = "shadowed"
    """By a set rule: it is a member that readers are not shown anywhere."""
    HIDDEN = "hidden"
    """By a view policy or a mute, here only; no receipt says so."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receipt says; who signed it is the author of the record that holds it."""

    record_id: RecordId
    """What was refused or shadowed."""
    policy: str
    manifest: bytes
    """The 32 bytes of `Manifest.id`: which policy it was, exactly."""
    fate: Fate
    """REFUSED or SHADOWED."""
    rule: str = ""
    """Which of the policy's rules; always empty for set rules."""
    group: bytes = b""
    """For SHADOWED: the `hash_group` of the records that competed; empty otherwise."""

    def __post_init__(self) -> None:
        if len(self.record_id) != ID_BYTES or len(self.manifest) != HASH_BYTES:
            raise MalformedError("a receipt names a record and a manifest by 32 bytes each")
        if not _NAME.fullmatch(self.policy):
            raise MalformedError(f"the policy {self.policy!r} of a receipt is no name of a policy")
        if len(self.rule) > RULE_CHARACTERS_MAX:
            raise MalformedError(f"a rule of {len(self.rule)} characters; the limit is {RULE_CHARACTERS_MAX}")
        if self.fate is Fate.HIDDEN:
            raise MalformedError("no receipt is written of what is hidden: views are a matter of taste")
        if self.fate is Fate.REFUSED and self.group:
            raise MalformedError("an admission policy looks at no group")
        if self.fate is Fate.SHADOWED and (self.rule or len(self.group) != HASH_BYTES):
            raise MalformedError("a record is shadowed by no rule of a policy, but within a group, named by 32 bytes")

    @property
    def content(self) -> str:
        """The content of the record that holds it."""
        fields: dict[str, object] = {
            "manifest": self.manifest.hex(),
            "policy": self.policy,
            "record": self.record_id.hex(),
            "rule": self.rule,
            "verdict": self.fate.value,
        }
        return canonical_json(fields | ({_GROUP: self.group.hex()} if self.group else {}))

    def tags(self, room_tag: RoomTag) -> list[list[str]]:
        """Give the tags of the record that holds it."""
        return [["h", room_tag.hex()], ["c", COLLECTION], ["e", self.record_id.hex()]]


def sign_receipt(key: SecretKey, receipt: Receipt, *, room_tag: RoomTag, created_at: UnixTime) -> Record:
    """Make the record of *key* that holds *receipt*.

    Raises:
        MalformedError: its rule holds characters that records may not.

    """
    content = content_of(receipt)
    return sign_record(key, created_at=created_at, kind=KIND_RECEIPT, tags=receipt.tags(room_tag), content=content)


def content_of(receipt: Receipt) -> str:
    """Give the content of the record that holds *receipt*.

    Raises:
        MalformedError: its rule holds characters that records may not.

    """
    try:
        return receipt.content
    except ConfigError as error:
        raise MalformedError(f"the rule {receipt.rule!r} is no text: {error}") from error


def receipt_of(record: Record) -> Receipt:
    """Read the receipt that *record* holds; its signature is not checked.

    Raises:
        MalformedError: it holds none, or not in the one form of receipts.

    """
    if record.kind != KIND_RECEIPT:
        raise MalformedError(f"a receipt has kind {KIND_RECEIPT}, not {record.kind}")
    fields = _read_fields(record.content)
    receipt = Receipt(
        RecordId(_parse_hex("record", fields)),
        _parse_text("policy", fields),
        _parse_hex("manifest", fields),
        _parse_fate(fields),
        _parse_text("rule", fields),
        _parse_hex(_GROUP, fields) if _GROUP in fields else b"",
    )
    _check_tags(record, receipt)
    return receipt


def hash_group(ids: Iterable[RecordId]) -> bytes:
    """Name the records that competed under a set rule: SHA-256("peerset/group1" | the ids in ascending order)."""
    return hashlib.sha256(_GROUP_DOMAIN + b"".join(sorted(ids))).digest()


def _read_fields(content: str) -> dict[str, object]:
    try:
        fields = json.loads(content)
        is_canonical = isinstance(fields, dict) and canonical_json(fields) == content
    except (ValueError, RecursionError, ConfigError) as error:
        raise MalformedError(f"the content of a receipt is no canonical JSON: {error}") from error
    if not is_canonical:
        raise MalformedError("the content of a receipt is a JSON object, sorted and without spaces")
    if fields.keys() - {_GROUP} != _FIELDS:
        raise MalformedError(f"a receipt says {', '.join(sorted(_FIELDS))}, and of what is shadowed the group")
    return dict(fields)


def _parse_text(name: str, fields: dict[str, object]) -> str:
    value = fields[name]
    if not isinstance(value, str):
        raise MalformedError(f"the {name} of a receipt must be a text")
    return value


def _parse_hex(name: str, fields: dict[str, object]) -> bytes:
    text = _parse_text(name, fields)
    if len(text) != 2 * HASH_BYTES or not _LOWER_HEX.fullmatch(text):
        raise MalformedError(f"the {name} of a receipt must be {2 * HASH_BYTES} lower-case hexadecimal digits")
    return bytes.fromhex(text)


def _parse_fate(fields: dict[str, object]) -> Fate:
    text = _parse_text("verdict", fields)
    if text not in (Fate.REFUSED.value, Fate.SHADOWED.value):
        raise MalformedError(f"the verdict of a receipt is refused or shadowed, not {text!r}")
    return Fate(text)


def _check_tags(record: Record, receipt: Receipt) -> None:
    room_tag = record.room_tag
    begins = [] if room_tag is None else receipt.tags(room_tag)
    if not begins or [list(tag) for tag in record.tags[:3]] != begins:
        raise MalformedError("the tags of a receipt begin with its room (h), its collection (c) and its record (e)")
    # What follows, such as a nonce (NIP-13), says nothing about the record, and may not seem to.
    if any(tag[0] in {"h", "c", "e"} for tag in record.tags[3:]):
        raise MalformedError("a receipt has one room, one collection and one record")
