"""Nodes behind standard input and output: one command a line, one answer a line, both JSON objects.

The twin of web/test/harness.ts: the same commands give the same answers in both languages, so one test can wire nodes
of both together and compare every byte. Bytes are in hex; a moment is ``[monotonic, unix]``; records are named by
their place in the pool. Run it by ``python -m tests.protocol.harness``.

Every command has *do*; all but *pool* name a *node* and the moment *now* it happens at:

- ``pool``: read *records*, in their wire form, for the commands that come;
- ``new``: make and start a node of *room* (app and room) with *secret* key and the chance *seed*, holding *records*;
  *policy* is "none", "kept" (it refuses texts that say "spam") or "claimed" (its hello says so, but it does not);
- ``restart``: make and start it again over what it saved, with another *seed*;
- ``opened`` (*peer*, *local*, *remote*, *route*, *address*), ``closed`` and ``faulted`` (*peer*, *reason*),
  ``received`` (*peer*, *data*): what the transport tells;
- ``published``, ``imported`` and ``purged`` (*records*), ``banned`` (*key*, *seconds*), ``left``: what the user does;
- ``disk``: whether it is *full* (a full one saves nothing) and *slow* (what was asked waits until it is not);
- ``tick``: time has passed;
- ``look``: nothing happened.

The answer tells what the node asked for, in order, and its next *deadline*; to ``look`` also its *root* and *count*
and whether it is *quiet*. What a node asks of store, verifier and policies is answered in order, and at once unless
its disk is slow. A disk that collects leaves what pins on it show.
"""

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any, Final

from peerset.core import wire
from peerset.core.cause import Cause
from peerset.core.clock import Moment, Monotonic, UnixTime
from peerset.core.keys import PublicKey, SecretKey
from peerset.core.limits import CHANNELS_MAX
from peerset.core.merkle import Index
from peerset.core.pin import pinned_in
from peerset.core.record import KIND_PIN, Record, RecordId, decode_record
from peerset.core.rules import Manifest, Rules
from peerset.core.signal import ChannelBinding, PeerId, RoomName
from peerset.core.verdict import Accept, Reject, Verdict
from peerset.protocol.dialing import Dialing
from peerset.protocol.dials import DialInput
from peerset.protocol.effects import (
    Disconnect,
    Effect,
    Emit,
    Errand,
    Expire,
    Judge,
    KeepAcquaintances,
    KeepRefused,
    Load,
    Resolve,
    Save,
    Send,
    Verify,
)
from peerset.protocol.events import Event, apart
from peerset.protocol.inputs import (
    Closed,
    Expired,
    Faulted,
    Imported,
    Input,
    Judged,
    KeyBanned,
    Left,
    Loaded,
    Opened,
    Published,
    Purged,
    Received,
    Saved,
    SaveFailed,
    Verified,
)
from peerset.protocol.mesh import Mesh
from peerset.protocol.node import Node
from peerset.protocol.options import Holdings, Options
from peerset.testing.disk import Disk, resolved
from tests.protocol.seeded import SeededRandom

Command = dict[str, Any]
Answer = dict[str, Any]

STRICT_RULES: Final = Rules(policies=(Manifest("spam", 1),))


class NoDialing(Dialing):
    """A page dials nobody, so a node that shall do as a page does is given this."""

    def start(self, now: Moment) -> list[Errand]:
        """Ask for nothing."""
        return []

    def stop(self) -> list[Errand]:
        """Ask for nothing."""
        return []

    def shun(self, peer: PeerId, now: Moment) -> None:
        """Let nobody rest."""

    def receive(self, event: DialInput, now: Moment) -> list[Errand]:
        """Ask for nothing."""
        return []

    @property
    def is_calling(self) -> bool:
        """Make no offers."""
        return False

    def tick(self, now: Moment) -> list[Errand]:
        """Ask for nothing."""
        return []

    @property
    def deadline(self) -> Monotonic | None:
        """Never."""
        return None


class Signatures:
    """Which signatures are good; each is checked once, however many nodes ask."""

    def __init__(self) -> None:
        self._are_valid: dict[tuple[RecordId, bytes], bool] = {}

    def check(self, record: Record) -> bool:
        """Say whether the signature of *record* is its author's."""
        name = (record.id, record.signature)
        if name not in self._are_valid:
            self._are_valid[name] = record.has_valid_signature()
        return self._are_valid[name]


class Host:
    """A node, its disk and its policy."""

    def __init__(self, command: Command, records: Iterable[Record], signatures: Signatures) -> None:
        self.disk: dict[RecordId, Record] = {record.id: record for record in records}
        self.is_full = False
        self._is_slow = False
        self._answers: list[Input] = []
        """What a slow disk has not said yet."""
        self._room = RoomName(*command["room"])
        self._key = SecretKey(bytes.fromhex(command["secret"]))
        self._policy: str = command["policy"]
        self._signatures = signatures
        self.node = self._make_node(command["seed"])

    def start(self, now: Moment) -> list[list[Any]]:
        """Start the node; give what it asked for."""
        return self._perform(self.node.start(now), now)

    def restart(self, seed: str, now: Moment) -> list[list[Any]]:
        """Begin a new life over what was saved."""
        self.node = self._make_node(seed)
        self._answers.clear()
        return self.start(now)

    def set_slow(self, now: Moment, *, is_slow: bool) -> list[list[Any]]:
        """Hold answers back, or give all that waited."""
        self._is_slow = is_slow
        waiting, self._answers = ([], self._answers) if is_slow else (self._answers, [])
        return [effect for answer in waiting for effect in self.feed(answer, now)]

    def feed(self, event: Input, now: Moment) -> list[list[Any]]:
        """Let *event* happen; give what the node asked for. What is purged stays a member without content."""
        for record_id in event.ids if isinstance(event, Purged) else ():
            self.disk.pop(record_id, None)
        return self._perform(self.node.receive(event, now), now)

    def tick(self, now: Moment) -> list[list[Any]]:
        """Let time pass; give what the node asked for."""
        return self._perform(self.node.tick(now), now)

    def _make_node(self, seed: str) -> Node:
        rng = SeededRandom(seed)
        held = self.disk.values()
        holdings = Holdings(
            index=Index.bulk((record.created_at, record.id) for record in held), deleters=Disk(held).deleters()
        )
        options = Options(
            rules=Rules() if self._policy == "none" else STRICT_RULES, has_policies=self._policy == "kept"
        )
        node = Node(PeerId("0000"), self._key, room=self._room, rng=rng, holdings=holdings, options=options)
        node._meeting.dialing = NoDialing(PeerId("0000"), rng=rng, mesh=Mesh(CHANNELS_MAX))
        return node

    def _perform(self, effects: Sequence[Effect], now: Moment) -> list[list[Any]]:
        done: list[list[Any]] = []
        todo = list(effects)
        # The list grows while it is walked.
        for effect in todo:
            done += show_effect(effect)
            answer = self._answer(effect)
            if answer is not None and self._is_slow:
                self._answers.append(answer)
            elif answer is not None:
                todo += self.node.receive(answer, now)
        return done

    def _answer(self, effect: Effect) -> Input | None:
        match effect:
            case Verify(batch, records):
                return Verified(batch, tuple(map(self._signatures.check, records)))
            case Judge(batch, records):
                return Judged(batch, tuple(judge(record, is_strict=self._policy == "kept") for record in records))
            case Resolve():
                return resolved(effect, self.disk.values())
            case Save():
                return self._save(effect)
            case Load(peer, number, ids):
                return Loaded(peer, number, tuple(self.disk[i].wire if i in self.disk else b"" for i in ids))
            case Expire(before):
                old = {record.id for record in self.disk.values() if record.created_at < before}
                pins = [record for record in self.disk.values() if record.kind == KIND_PIN]
                kept = old & {pinned_in(pin).id for pin in pins if pin.created_at >= before}
                for record_id in old - kept:
                    del self.disk[record_id]
                return Expired(len(old - kept), frozenset(kept))
            case _:
                return None

    def _save(self, save: Save) -> Saved | SaveFailed:
        if self.is_full:
            return SaveFailed(save.batch, "the disk is full")
        self.disk.update({record.id: record for record in save.records})
        for record_id in save.removed:
            self.disk.pop(record_id, None)
        return Saved(save.batch)

    def _stored(self, ids: Iterable[RecordId]) -> list[Record]:
        return [self.disk[record_id] for record_id in ids if record_id in self.disk]


class Harness:
    """All nodes of one process, by name."""

    def __init__(self) -> None:
        self._hosts: dict[str, Host] = {}
        self._pool: list[Record] = []
        self._signatures = Signatures()

    def obey(self, command: Command) -> Answer:
        """Do what *command* says; give the answer."""
        if command["do"] == "pool":
            self._pool = [decode_record(bytes.fromhex(record)) for record in command["records"]]
            return {}
        now = Moment(Monotonic(command["now"][0]), UnixTime(command["now"][1]))
        if command["do"] == "new":
            self._hosts[command["node"]] = Host(command, self._named(command), self._signatures)
        host = self._hosts[command["node"]]
        effects = self._do(host, command, now)
        answer: Answer = {"effects": effects, "deadline": host.node.deadline}
        if command["do"] == "look":
            node = host.node
            answer |= {"root": node.root(now).hex(), "count": node.count, "quiet": node.is_quiet}
        return answer

    def _do(self, host: Host, command: Command, now: Moment) -> list[list[Any]]:
        match command["do"]:
            case "new":
                return host.start(now)
            case "restart":
                return host.restart(command["seed"], now)
            case "tick":
                return host.tick(now)
            case "disk":
                host.is_full = command["full"]
                return host.set_slow(now, is_slow=command["slow"])
            case "look":
                return []
            case _:
                return host.feed(self._input(command), now)

    def _input(self, command: Command) -> Input:
        match command:
            case {"do": "opened", "peer": peer, "route": route, "address": address}:
                binding = ChannelBinding(bytes.fromhex(command["local"]), bytes.fromhex(command["remote"]))
                return Opened(peer, binding, route, address)
            case {"do": "closed", "peer": peer, "reason": reason}:
                return Closed(peer, reason)
            case {"do": "faulted", "peer": peer, "reason": reason}:
                return Faulted(peer, reason)
            case {"do": "received", "peer": peer, "data": data}:
                return Received(peer, bytes.fromhex(data))
            case {"do": "published"}:
                return Published(tuple(self._named(command)))
            case {"do": "imported"}:
                return Imported(tuple(self._named(command)))
            case {"do": "purged"}:
                return Purged(tuple(record.id for record in self._named(command)))
            case {"do": "banned", "key": key, "seconds": seconds}:
                return KeyBanned(PublicKey(bytes.fromhex(key)), seconds)
            case {"do": "left"}:
                return Left()
            case _:
                raise ValueError(f"no such command: {command}")

    def _named(self, command: Command) -> list[Record]:
        return [self._pool[number] for number in command["records"]]


def judge(record: Record, *, is_strict: bool) -> Verdict:
    """Say what the policy of nodes that keep one says; the others are asked for the sake of pins."""
    return Reject("spam", "it says spam") if is_strict and "spam" in record.content else Accept()


def show_effect(effect: Effect) -> list[list[Any]]:
    """Write *effect* as arrays that begin with its name; of what is told of several records, one each."""
    if isinstance(effect, Emit):
        return [["Emit", type(event).__name__, show_event(event)] for event in apart(effect.event)]
    return [_show_effect(effect)]


def _show_effect(effect: Effect) -> list[Any]:
    name = type(effect).__name__
    match effect:
        case Send(peer, message):
            return [name, peer, wire.encode(message).hex()]
        case Disconnect(peer, reason):
            return [name, peer, reason]
        case Verify(batch, records) | Judge(batch, records):
            return [name, batch, [record.id.hex() for record in records]]
        case Resolve(batch, targets, questions):
            return [name, batch, [target.hex() for target in targets], _show(questions)]
        case Save(batch, records, removed):
            return [name, batch, [record.id.hex() for record in records], [record_id.hex() for record_id in removed]]
        case Load(peer, number, ids):
            return [name, peer, number, [record_id.hex() for record_id in ids]]
        case Expire(before, seen, until):
            return [name, before, seen, until]
        case KeepRefused(refused, rules):
            return [name, _show(refused), rules.hex()]
        case KeepAcquaintances(acquaintances):
            return [name, _show(acquaintances)]
        case _:
            raise ValueError(f"a page has no {name}")


def show_event(event: Event) -> dict[str, Any]:
    """Write the fields of *event*; a record is its id."""
    return {field.name: _show(getattr(event, field.name)) for field in fields(event)}


def _show(value: object) -> object:
    match value:
        case Record():
            return value.id.hex()
        case bytes():
            return value.hex()
        case Cause():
            return value.value
        case tuple():
            return [_show(each) for each in value]
        case frozenset():
            return sorted(map(_show, value), key=str)
        case Cause():
            return value.value
        case _:
            return value


def main() -> None:
    """Obey standard input until it ends."""
    harness = Harness()
    for line in sys.stdin:
        print(json.dumps(harness.obey(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
