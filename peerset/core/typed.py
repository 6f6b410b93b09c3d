"""What people type: keys, ids, times and sets of them, read in one place for Python and for the command line.

Every reader takes any value at all; what cannot be meant is a `ConfigError` that names it.
"""

import contextlib
import ipaddress
import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final, TypeAlias

from peerset.core.clock import DAY_SECONDS
from peerset.core.filter import Cursor
from peerset.core.keys import KEY_BYTES, PublicKey, SecretKey, is_public_key
from peerset.core.limits import (
    KIND_MAX,
    PHASE_SECONDS_MAX,
    PHASE_SECONDS_MIN,
    RETENTION_SECONDS_MAX,
    RETENTION_SECONDS_MIN,
)
from peerset.core.nip19 import AddressPointer, EventPointer, ProfilePointer, bare, decode_nip19, is_pointer
from peerset.core.record import ID_BYTES, Record, RecordId
from peerset.errors import ConfigError

AnyKey: TypeAlias = PublicKey | SecretKey | ProfilePointer | str | bytes
"""A public key as 32 bytes, npub, nprofile or 64 hex digits; a secret key stands for its public one."""

AnyId: TypeAlias = RecordId | Record | EventPointer | AddressPointer | str | bytes
"""A record, its id as 32 bytes, note, nevent or 64 hex digits, or how that begins; of naddr, the newest version."""

AnyRetention: TypeAlias = int | str | timedelta | None
"""For how long records are kept: seconds, a text such as ``30d`` or ``forever``; None for as long as windows go."""

AnyPhases: TypeAlias = int | str | timedelta | None
"""How long a room has one name towards trackers: seconds, or a text such as ``6h``; None for always."""

AnyTime: TypeAlias = int | float | str | date | timedelta
"""Unix seconds, a date or datetime, or a text such as ``2026-01-31``, ``2026-01-31T12:00Z`` or ``2h`` (ago)."""

ID_DIGITS_MIN: Final = 4
"""Fewer digits name no record: a slip would too easily hit one."""
SHOWN_CHARACTERS_MAX: Final = 80
UNIT_SECONDS: Final = {"s": 1, "m": 60, "h": 3_600, "d": DAY_SECONDS, "w": 7 * DAY_SECONDS}

_HEX_KEY: Final = re.compile(f"[0-9a-fA-F]{{{2 * KEY_BYTES}}}")
_BEGINNING: Final = re.compile(f"[0-9a-fA-F]{{{ID_DIGITS_MIN},{2 * ID_BYTES}}}")
_CURSOR: Final = re.compile(f"([0-9]{{1,16}})-([0-9a-fA-F]{{{2 * ID_BYTES}}})")
# Other digits than these mean nothing to a page.
_AGO: Final = re.compile(r"([0-9]{1,9})([smhdw])")
_SPAN: Final = re.compile(r"([0-9]{1,9})([smhdw]?)")
_UNIX: Final = re.compile(r"-?[0-9]{1,16}")


def shown(value: object) -> str:
    """Write *value* for an error: short, and never a secret."""
    if is_secret(value):
        return "a secret key"
    try:
        text = repr(value)
    except Exception as error:  # noqa: BLE001 - a stranger's __repr__ may raise anything; its class still says something
        text = f"<{type(value).__name__} without a repr: {type(error).__name__}>"
    return text if len(text) <= SHOWN_CHARACTERS_MAX else f"{text[: SHOWN_CHARACTERS_MAX - 1]}…"


def is_secret(value: object) -> bool:
    """Say whether *value* is a secret key, or begins like one."""
    return isinstance(value, str) and bare(value).lower().startswith(("nsec1", "ncryptsec1"))


def short_id(value: object) -> str:
    """Name a record for an error, as `read_id` takes it: its first digits."""
    given = read_id(value)
    return given.hex()[:8] if isinstance(given, bytes) else str(given)


def read_key(value: object) -> PublicKey:
    """Read an author or a peer's key.

    Raises:
        ConfigError: it names no point of the curve, or is no key at all.

    """
    if isinstance(value, SecretKey):
        return value.public_key
    pointer = _pointed(value)
    if isinstance(pointer, ProfilePointer):
        return pointer.author
    if isinstance(pointer, EventPointer | AddressPointer):
        raise ConfigError(f"a key is wanted, such as npub1..., and {shown(value)} names a record")
    data = bytes.fromhex(value.strip()) if isinstance(value, str) and _HEX_KEY.fullmatch(value.strip()) else value
    if not isinstance(data, bytes | bytearray | memoryview) or len(data) != KEY_BYTES:
        raise ConfigError(
            f"a key is an npub or nprofile, {2 * KEY_BYTES} hex digits or {KEY_BYTES} bytes, not {shown(value)}"
        )
    if not is_public_key(bytes(data)):
        raise ConfigError(f"{shown(value)} is no public key of secp256k1")
    return PublicKey(bytes(data))


def read_retention(value: object, *, name: str = "a retention") -> int:
    """Read for how long records are kept, in seconds: a number of them, a text such as ``30d``, or a timedelta.

    None, and the text ``forever``, mean as long as there are windows: 3,700 days.

    Raises:
        ConfigError: it is none of these, less than an hour or more than 3,700 days.

    """
    if value is None or value == "forever":
        return RETENTION_SECONDS_MAX
    seconds = _span_seconds(value)
    if seconds is None or not RETENTION_SECONDS_MIN <= seconds <= RETENTION_SECONDS_MAX:
        raise ConfigError(f"{name} is from an hour to 3,700 days, such as '30d', or 'forever', not {shown(value)}")
    return seconds


def span_text(seconds: int) -> str:
    """Write for how long records are kept as `read_retention` reads it: in whole days or hours, where it is whole."""
    if seconds == RETENTION_SECONDS_MAX:
        return "forever"
    for unit in ("d", "h"):
        if seconds % UNIT_SECONDS[unit] == 0:
            return f"{seconds // UNIT_SECONDS[unit]}{unit}"
    return str(seconds)


def read_phases(value: object) -> int | None:
    """Read how long a room has one name towards trackers, in seconds; None where that is for always.

    Raises:
        ConfigError: it is no time from an hour to 30 days.

    """
    if value is None:
        return None
    seconds = _span_seconds(value)
    if seconds is None or not PHASE_SECONDS_MIN <= seconds <= PHASE_SECONDS_MAX:
        raise ConfigError(f"phases are from an hour to 30 days long, such as '6h', not {shown(value)}")
    return seconds


def _span_seconds(value: object) -> int | None:
    if isinstance(value, str) and (match := _SPAN.fullmatch(value.strip())):
        return int(match[1]) * UNIT_SECONDS.get(match[2], 1)
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    return value if type(value) is int else None


def read_window(value: object) -> int | None:
    """Read for how long records are kept here; None where that is as long as the rules say.

    Raises:
        ConfigError: it can be no retention either.

    """
    return None if value is None else read_retention(value, name="a window")


def read_subject(value: object) -> PublicKey | str:
    """Read whom a ban is about: a key, or a network address.

    Raises:
        ConfigError: it is neither.

    """
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            return str(ipaddress.ip_address(value.strip()))
    try:
        return read_key(value)
    except ConfigError as error:
        raise ConfigError(f"{shown(value)} is no npub, no key in hex and no IP address") from error


def read_id(value: object) -> RecordId | AddressPointer | str:
    """Read a record's id; of one that is not whole, give its first digits, in lower case; of naddr, the address.

    Raises:
        ConfigError: it is none of these.

    """
    if isinstance(value, Record):
        return value.id
    if isinstance(value, bytes | bytearray | memoryview) and len(value) == ID_BYTES:
        return RecordId(bytes(value))
    pointer = _pointed(value)
    if isinstance(pointer, EventPointer):
        return pointer.id
    if isinstance(pointer, AddressPointer):
        return pointer
    if isinstance(pointer, ProfilePointer):
        raise ConfigError(f"a record is wanted, such as note1... or nevent1..., and {shown(value)} names an author")
    text = value.strip() if isinstance(value, str) else ""
    if not _BEGINNING.fullmatch(text):
        raise ConfigError(
            f"a record's id is {2 * ID_BYTES} hex digits, or at least the first {ID_DIGITS_MIN}, not {shown(value)}"
        )
    return RecordId(bytes.fromhex(text)) if len(text) == 2 * ID_BYTES else text.lower()


def read_whole_id(value: object) -> RecordId:
    """Read a record's id where no beginning will do.

    Raises:
        ConfigError: it is no whole id.

    """
    record_id = read_id(value)
    if not isinstance(record_id, bytes):
        raise ConfigError(f"the whole id is needed here, {2 * ID_BYTES} hex digits, not {shown(value)}")
    return record_id


def read_cursor(value: object) -> Cursor | None:
    """Read a place among records from a record, a cursor or its text; None for what may be a record's id.

    Raises:
        ConfigError: it is none of these.

    """
    if isinstance(value, Cursor):
        return value
    if isinstance(value, Record):
        return Cursor.of(value)
    if isinstance(value, str) and (place := _CURSOR.fullmatch(value.strip())):
        return Cursor(int(place[1]), RecordId(bytes.fromhex(place[2])))
    read_id(value)
    return None


def read_since(value: object, *, now: int) -> int:
    """Read the first second of a span; half a second later is the next one.

    Raises:
        ConfigError: it is no time.

    """
    return math.ceil(_read_time(value, now=now))


def read_until(value: object, *, now: int) -> int:
    """Read the last second of a span; a day alone means its last second.

    Raises:
        ConfigError: it is no time.

    """
    seconds = math.floor(_read_time(value, now=now))
    return seconds + DAY_SECONDS - 1 if _is_day(value) else seconds


def read_kind(value: object) -> int:
    """Read one kind.

    Raises:
        ConfigError: it is no whole number from 0 to 65535.

    """
    if type(value) is not int or not 0 <= value <= KIND_MAX:
        raise ConfigError(f"a kind is a whole number from 0 to {KIND_MAX}, not {shown(value)}")
    return value


def read_kinds(value: object) -> frozenset[int]:
    """Read one kind or several.

    Raises:
        ConfigError: one is no whole number from 0 to 65535.

    """
    return frozenset(map(read_kind, several("kinds", value, singles=(int, float, str, bytes))))


def read_tags(value: object) -> dict[str, frozenset[str]]:
    """Read which tags are wanted: one-letter names, each with one accepted value or several.

    Raises:
        ConfigError: it is no mapping, or a value is no text.

    """
    if not isinstance(value, Mapping):
        raise ConfigError(f'tags are given by name, such as {{"t": "greeting"}}, not {shown(value)}')
    return {
        read_text("a tag's name", name): frozenset(
            read_text(f"a value of the tag {shown(name)}", each)
            for each in several(f"the values of the tag {shown(name)}", values, singles=(str, bytes))
        )
        for name, values in value.items()
    }


def read_limit(value: object) -> int:
    """Read how many are wanted at most.

    Raises:
        ConfigError: it is no whole number, or negative.

    """
    if type(value) is not int or value < 0:
        raise ConfigError(f"a limit is a whole number from 0 on, not {shown(value)}")
    return value


def read_text(name: str, value: object) -> str:
    """Read a text called *name*.

    Raises:
        ConfigError: it is something else.

    """
    if not isinstance(value, str):
        raise ConfigError(f"{name} is a text, not {shown(value)}")
    return value


def read_number(name: str, value: object) -> float:
    """Read a number called *name*.

    Raises:
        ConfigError: it is something else, or not finite.

    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ConfigError(f"{name} is a number, not {shown(value)}")
    return float(value)


def several(name: str, value: object, *, singles: tuple[type, ...]) -> list[object]:
    """Give the values of *value*, which may be a single one of the types *singles*.

    Raises:
        ConfigError: it is neither.

    """
    if isinstance(value, singles):
        return [value]
    if isinstance(value, Mapping) or not isinstance(value, Iterable):
        raise ConfigError(f"{name} cannot be {shown(value)}")
    return list(value)


def _pointed(value: object) -> object:
    """Give what text of NIP-19 names; all else as it is."""
    is_text = isinstance(value, str) and (is_pointer(value) or is_secret(value))
    return decode_nip19(str(value)) if is_text else value


def _is_day(value: object) -> bool:
    if isinstance(value, str):
        return len(value.strip()) == len("2026-01-31") and not _UNIX.fullmatch(value.strip())
    return isinstance(value, date) and not isinstance(value, datetime)


def _read_time(value: object, *, now: int) -> float:
    try:
        if isinstance(value, str):
            return _parse_time(value.strip(), now=now)
        if isinstance(value, timedelta):
            return now - value.total_seconds()
        if isinstance(value, datetime):
            # As everywhere in Python, one without a time zone is this machine's local time.
            return value.timestamp()
        if isinstance(value, date):
            return datetime(value.year, value.month, value.day, tzinfo=UTC).timestamp()
        return read_number("a time", value)
    except (ValueError, OverflowError, OSError, ConfigError) as error:
        raise ConfigError(
            "a time is Unix seconds, a date such as 2026-01-31 or 2026-01-31T12:00Z, or an age such as 30m, 2h, 7d, "
            f"not {shown(value)}"
        ) from error


def _parse_time(text: str, *, now: int) -> float:
    if ago := _AGO.fullmatch(text):
        return now - int(ago[1]) * UNIT_SECONDS[ago[2]]
    if _UNIX.fullmatch(text):
        return int(text)
    found = datetime.fromisoformat(text)
    # Lists show times in UTC, so what is copied from one is UTC.
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
