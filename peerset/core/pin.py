"""Pins: whole records inside records of others, which outlast the window by them (docs/protocol.md, "Pins").

A pin is a record of kind 1081 whose first tag ``pin`` has the id of what it holds, and whose content is the wire form
of that in base64 (RFC 4648, section 4, padded). It expires when that does, so that nobody keeps it for longer than its
author lets them.
"""

import base64
import binascii
from typing import Final

from peerset.core.expiration import EXPIRATION_TAG, expires_at
from peerset.core.limits import PIN_BYTES_MAX
from peerset.core.record import KIND_DELETION, KIND_PIN, Record, decode_record
from peerset.errors import MalformedError

PIN: Final = "pin"
"""The name of the tag that says what is pinned."""


def pin_tags(record: Record) -> list[tuple[str, str]]:
    """Give the tags of a pin of *record*, but for those of every record of the room."""
    named = [(PIN, record.id.hex())]
    at = expires_at(record)
    return named if at is None else [*named, (EXPIRATION_TAG, str(at))]


def pin_content(record: Record) -> str:
    """Give the content of a pin of *record*.

    Raises:
        MalformedError: it is none that can be pinned.

    """
    _check(record)
    return base64.b64encode(record.wire).decode()


def pinned_in(pin: Record) -> Record:
    """Give the record inside *pin*, whose signature is not checked.

    Raises:
        MalformedError: it is no pin, or holds nothing that can be pinned in its room.

    """
    if pin.kind != KIND_PIN:
        raise MalformedError(f"a pin has kind {KIND_PIN}, not {pin.kind}")
    record = _read(pin.content)
    if pin.tag_value(PIN) != record.id.hex():
        raise MalformedError("a pin names another record than it holds")
    if record.room_tag != pin.room_tag:
        raise MalformedError("a pin holds a record of another room")
    if expires_at(pin) != expires_at(record):
        raise MalformedError("a pin expires when what it holds does")
    _check(record)
    return record


def checked_in(pin: Record) -> Record:
    """Give the record inside *pin*, signed by its author.

    Raises:
        MalformedError: it is no pin, or holds nothing that can be pinned in its room, or what nobody signed.

    """
    record = pinned_in(pin)
    if not record.has_valid_signature():
        raise MalformedError("a pin holds a record that its author did not sign")
    return record


def _read(content: str) -> Record:
    try:
        wire = base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedError("the content of a pin is not base64") from error
    # Of one record there is one text only: spare bits, and padding too few or too many, are refused.
    if base64.b64encode(wire).decode() != content:
        raise MalformedError("the content of a pin is not base64")
    try:
        return decode_record(wire)
    except MalformedError as error:
        raise MalformedError("a pin holds no record") from error


def _check(record: Record) -> None:
    if record.kind in (KIND_DELETION, KIND_PIN) or record.is_ephemeral:
        raise MalformedError(f"records of kind {record.kind} cannot be pinned")
    if len(record.wire) > PIN_BYTES_MAX:
        raise MalformedError(f"a record of {len(record.wire)} bytes; what is pinned has at most {PIN_BYTES_MAX}")
