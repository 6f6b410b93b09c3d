"""What must hold at every step of a simulation, whatever goes wrong."""

import gc
from collections.abc import Callable, Mapping
from functools import cache
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Final

from peerset.core.clock import DAY_SECONDS, Moment, UnixTime
from peerset.core.keys import PublicKey
from peerset.core.limits import INTEGER_MAX
from peerset.core.message import Records
from peerset.core.record import Record, RecordId
from peerset.core.signal import PeerId
from peerset.core.verdict import Reject
from peerset.protocol.effects import Emit, Expire, Save, Send
from peerset.protocol.events import PeerJoined, RecordDeleted, RecordsAdded, StrikeCounted
from peerset.protocol.inputs import Expired, Input, Saved
from peerset.protocol.node import Node
from peerset.testing.machine import SIMULATED_ROOM, Deed
from peerset.testing.member import Member

CONTAINER_ITEMS_MAX: Final = 10_000
"""No list, set or dictionary of a node holds more, whatever peers do; the largest limit lies below this."""
COMPARED_RECORDS_MAX: Final = 1_000
"""Larger sets are not compared with their disk after writes, but now and then;"""
COMPARED_ALWAYS_MAX: Final = 100
"""those that are larger than this after some writes only, whenever they reach"""
COMPARED_EACH_RECORDS: Final = 16
"""so many more: to compare all after each takes time by the square of what is written."""
BELIEVED_SECONDS_MAX: Final = 3 * DAY_SECONDS
"""By how much a clock that is ahead may mislead what is collected: each time by a day at most."""


class InvariantError(AssertionError):
    """Something happened in a simulation that must never happen."""


class Watch:
    """Looks at every input and effect of every honest member."""

    def __init__(self, members: Mapping[PeerId, Member]) -> None:
        self._members = members
        """By every peer id anyone ever had."""
        self._signatures: dict[tuple[RecordId, bytes], bool] = {}

    def before_effect(self, member: Member, effect: Deed, now: Moment) -> None:
        """Check what an honest *member* is about to do.

        Raises:
            InvariantError: it must not.

        """
        match effect:
            case Save():
                self._check_save(member, effect, now)
            case Send(_, Records(_, blobs)) if member.disk.purged:
                self._check_sent(member, blobs)
            case Expire(before):
                self._check_expired(member, before, now)
            case Emit(RecordsAdded(news)):
                for record, _ in news:
                    self._check_added(member, record)
            case Emit(RecordDeleted(record_id)) if record_id in member.disk:
                raise InvariantError(f"{member.name} told that {record_id.hex()[:8]} is deleted, but it is on disk")
            case Emit(PeerJoined(peer, key)):
                self._check_joined(member, peer, key)
            case Emit(StrikeCounted() as strike):
                self._check_strike(member, strike)
            case _:
                pass

    def after_input(self, member: Member, event: Input) -> None:
        """Check an honest *member* once it has dealt with *event*.

        Raises:
            InvariantError: its index and its disk differ.

        """
        if isinstance(event, Saved | Expired) and _is_compared(len(member.disk)):
            self.check_index(member)

    def check_index(self, member: Member) -> None:
        """Check that the index of an honest *member* is that of its disk, unless something is being written.

        Raises:
            InvariantError: they differ.

        """
        if member.writes_under_way == 0 and member.node is not None:
            held = list(member.node.index.entries((0, b""), (INTEGER_MAX, b"")))
            if held != sorted([*member.disk.entries(), *member.claims]):
                raise InvariantError(f"the index of {member.name} has {len(held)} records, its disk {len(member.disk)}")

    def check_memory(self, member: Member) -> None:
        """Check that nothing in an honest *member*'s node grew past every limit.

        Raises:
            InvariantError: something did.

        """
        if member.node is not None:
            size, kind = largest_container(member.node)
            if size > CONTAINER_ITEMS_MAX:
                raise InvariantError(f"{member.name} holds a {kind} of {size} items")

    def is_valid(self, record: Record) -> bool:
        """Say whether the signature of *record* is its author's; many members ask the same."""
        signed = (record.id, record.signature)
        if signed not in self._signatures:
            self._signatures[signed] = record.has_valid_signature()
        return self._signatures[signed]

    def _check_save(self, member: Member, save: Save, now: Moment) -> None:
        # What was under way when the clock was set may lie in the window of before.
        before = UnixTime(now.unix - member.wrong_seconds + member.wrong_seconds_before)
        windows = [member.bylaws.window(now.unix), member.bylaws.window(before)]
        for record in save.records:
            if not self.is_valid(record):
                raise InvariantError(f"{member.name} saves {record.id.hex()[:8]}, whose signature is forged")
            if record.room_tag != SIMULATED_ROOM.tag:
                raise InvariantError(f"{member.name} saves {record.id.hex()[:8]} of another room")
            if not any(each.kept_from <= record.created_at <= each.accepted_until for each in windows):
                raise InvariantError(f"{member.name} saves {record.id.hex()[:8]}, which lies outside the window")
            if isinstance(member.bylaws.judge(record), Reject):
                raise InvariantError(f"{member.name} saves {record.id.hex()[:8]}, which its rules refuse")
            if record.is_ephemeral:
                raise InvariantError(f"{member.name} saves {record.id.hex()[:8]}, which is ephemeral")
            if record.id in member.disk:
                raise InvariantError(f"{member.name} saves {record.id.hex()[:8]} a second time")

    def _check_sent(self, member: Member, blobs: tuple[bytes, ...]) -> None:
        for blob in blobs:
            if blob in member.disk.purged:
                raise InvariantError(f"{member.name} gives {member.disk.purged[blob].hex()[:8]}, which it purged")

    def _check_expired(self, member: Member, before: int, now: Moment) -> None:
        true = member.bylaws.window(UnixTime(now.unix - member.wrong_seconds))
        if before > true.kept_from + BELIEVED_SECONDS_MAX:
            raise InvariantError(f"{member.name} deletes what is not old, for its clock is wrong")

    def _check_added(self, member: Member, record: Record) -> None:
        if record.id in member.seen:
            raise InvariantError(f"the subscribers of {member.name} were told of {record.id.hex()[:8]} twice")
        member.seen.add(record.id)
        if not record.is_ephemeral and record.id not in member.disk:
            raise InvariantError(f"{member.name} told of {record.id.hex()[:8]}, which is not on its disk")

    def _check_joined(self, member: Member, peer: PeerId, key: PublicKey) -> None:
        owner = self._members.get(peer)
        if owner is None or owner.key.public_key != key:
            raise InvariantError(f"{member.name} believes that {peer} has proven a key that it does not own")

    def _check_strike(self, member: Member, strike: StrikeCounted) -> None:
        other = self._members.get(strike.peer)
        if other is not None and not other.is_hostile:
            raise InvariantError(f"{member.name} blames {other.name}, which is honest: {strike.reason}")


def _is_compared(count: int) -> bool:
    return count <= COMPARED_ALWAYS_MAX or (count <= COMPARED_RECORDS_MAX and count % COMPARED_EACH_RECORDS == 0)


_HOLDS_NOTHING: Final = (type, ModuleType, FunctionType, BuiltinFunctionType, MethodType, str, bytes, int, float)
"""Or what is not the node's own."""


def largest_container(node: Node) -> tuple[int, str]:
    """Find the largest container that *node* holds, directly or not; give its length and its type's name."""
    largest = (0, "nothing")
    seen: set[int] = set()
    # All that is held at one distance is asked for at once: a node holds hundreds of thousands of things.
    kind_of: Callable[[object], type] = type
    things: list[object] = [node]
    while things:
        for thing in things:
            if isinstance(thing, list | dict | set | frozenset | tuple):
                largest = max(largest, (len(thing), type(thing).__name__))
        held = {id(thing): thing for thing in gc.get_referents(*things) if not _holds_nothing(kind_of(thing))}
        things = [held[each] for each in held.keys() - seen]
        seen |= held.keys()
    return largest


@cache
def _holds_nothing(kind: type) -> bool:
    return issubclass(kind, _HOLDS_NOTHING)
