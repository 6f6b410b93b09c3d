"""What the room tells, as JSON rows for programs and as lines for people."""

from dataclasses import fields
from datetime import UTC, datetime

from peerset.cli.output import printable
from peerset.core.action import Action, Json, Missing
from peerset.core.cause import Cause
from peerset.core.clock import DAY_SECONDS
from peerset.core.keys import PublicKey, npub
from peerset.core.record import Record, event_of
from peerset.protocol.events import (
    ActionReceived,
    ClockSkewed,
    Event,
    FetchFailed,
    ForeignPeerJoined,
    ForeignPeerLeft,
    PeerJoined,
    PeerLeft,
    PeerSynced,
    RecordAdded,
    RecordDeleted,
    RecordHidden,
    RecordKnown,
    RecordPostponed,
    RecordRejected,
    RecordsExpired,
    RecordsIndexed,
    RecordsRejected,
    SaveDelayed,
    SealUnknown,
    StorageEvicted,
    StrikeCounted,
)
from peerset.protocol.health import Budget
from peerset.room.sealing import is_unread
from peerset.room.stream import Lagged

ID_CHARACTERS = 8
NPUB_CHARACTERS = 12


def record_line(record: Record) -> str:
    """Show *record* on one line: time, author, id, kind, content."""
    columns = (time_text(record.created_at), short_key(record.author), short_id(record.id), f"{record.kind:>5}")
    content = "(sealed, and not open here)" if is_unread(record) else printable(record.content)
    return "  ".join((*columns, content))


def record_row(record: Record) -> dict[str, object]:
    """Give *record* as a NIP-01 event."""
    return event_of(record)


def event_row(event: Event | Lagged) -> dict[str, object]:
    """Give *event* as a JSON object: its class under "event", then its fields; keys and ids in hex."""
    row: dict[str, object] = {"event": type(event).__name__}
    for field in fields(event):
        row[field.name] = _json_of(getattr(event, field.name))
    return row


def event_line(event: Event | Lagged) -> str:
    """Say *event* in one line for people."""
    match event:
        case RecordAdded(record):
            text = f"+ {record_line(record)}"
        case RecordDeleted(record_id, by):
            text = f"- record {short_id(record_id)} deleted by its author ({short_id(by)})"
        case RecordRejected(id=record_id, source=source, reason=reason):
            text = f"! record {short_id(record_id)} refused ({printable(source)}): {printable(reason)}"
        case RecordsRejected(count, _, source, reason):
            text = f"! {count} more records refused ({printable(source)}), the last of them: {printable(reason)}"
        case RecordHidden(record_id, policy, reason):
            text = f"! record {short_id(record_id)} hidden here ({printable(policy)}): {printable(reason)}"
        case RecordsExpired(before, count):
            text = f"- {count} records from before {time_text(before)} are past their age"
        case StorageEvicted() | FetchFailed() | RecordsIndexed() | SaveDelayed() | SealUnknown():
            text = _store_line(event)
        case RecordKnown(record_id):
            text = f"= record {short_id(record_id)} is here already"
        case RecordPostponed(record_id, seconds):
            text = f"! record {short_id(record_id)} is dated {seconds} s ahead; it is added when due"
        case ClockSkewed(seconds, peers, is_ours):
            side = "they agree: set this clock" if is_ours else "they do not agree either"
            text = f"! this clock is {abs(seconds)} s {'ahead of' if seconds > 0 else 'behind'} {peers} peers; {side}"
        case Lagged(count):
            text = f"! {count} events were dropped: this reader is too slow"
        case _:
            text = _peer_line(event)
    return text


def _store_line(event: StorageEvicted | FetchFailed | RecordsIndexed | SaveDelayed | SealUnknown) -> str:
    match event:
        case StorageEvicted(day, count):
            text = f"- {count} records of {day_text(day)} lost their content here: the store is over its budget"
        case FetchFailed(ids):
            text = f"! {len(ids)} records were fetched in vain: no neighbour has their content"
        case RecordsIndexed(left):
            text = f"= {left} records are left to be indexed" if left else "= all is indexed"
        case SaveDelayed(reason, ids):
            text = f"! {len(ids)} records could not be saved yet: {printable(reason)}"
        case SealUnknown(seal, record_id):
            text = f"! record {short_id(record_id)} is sealed by a secret that is not here ({seal})"
    return text


PeerEvent = PeerJoined | PeerLeft | ForeignPeerJoined | ForeignPeerLeft | PeerSynced | ActionReceived | StrikeCounted


def _peer_line(event: PeerEvent) -> str:
    name = event.peer[:ID_CHARACTERS]
    match event:
        case PeerJoined(_, key):
            text = f"> peer {name} joined as {short_key(key)}"
        case PeerLeft(_, key, reason):
            text = f"< peer {name} ({short_key(key)}) left: {printable(reason)}"
        case ForeignPeerJoined():
            text = f"> peer {name} joined; it runs another application"
        case ForeignPeerLeft(_, reason):
            text = f"< peer {name} of another application left: {printable(reason)}"
        case PeerSynced(_, gained, given):
            text = f"= in sync with {name} ({gained} records gained, {given} given)"
        case ActionReceived(_, action):
            text = f"* action {printable(action.name)} of {name}: {_payload_text(action.payload)}"
        case StrikeCounted(_, _, reason, state):
            text = f"! strike for {name} ({state}): {printable(reason)}"
    return text


def budget_line(budget: Budget) -> str:
    """Say which budget bites, since when, and what it cost."""
    since = "" if budget.since is None else f" since {time_text(budget.since)}"
    return f"! {budget.name}: {budget.used} of {budget.limit}{since}, {budget.count} so far"


def short_id(data: bytes) -> str:
    """Give the first 8 hex digits."""
    return data.hex()[:ID_CHARACTERS]


def short_key(key: PublicKey) -> str:
    """Give the beginning of the npub."""
    return npub(key)[:NPUB_CHARACTERS]


def time_text(created_at: int) -> str:
    """Show a Unix time as UTC, or as its number when no calendar reaches it."""
    try:
        return datetime.fromtimestamp(created_at, UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (OverflowError, OSError, ValueError):
        return str(created_at)


def day_text(day: int) -> str:
    """Show a UTC day, numbered from the Unix epoch."""
    return time_text(day * DAY_SECONDS).partition(" ")[0]


def _payload_text(payload: bytes | Json) -> str:
    return f"{len(payload)} bytes" if isinstance(payload, bytes) else printable(str(payload))


def _json_of(value: object) -> object:
    if isinstance(value, Record):
        return event_of(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, frozenset):
        return sorted(map(str, map(_json_of, value)))
    if isinstance(value, tuple):
        return [_json_of(each) for each in value]
    if isinstance(value, Missing):
        return None
    if isinstance(value, Cause):
        return value.value
    if isinstance(value, Action):
        return {"name": value.name, "payload": _json_of(value.payload), "metadata": _json_of(value.metadata)}
    return value
