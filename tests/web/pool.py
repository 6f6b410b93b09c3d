"""The records that harness cases are made of, signed once: of every kind, good and bad, over the whole window."""

import random
from typing import Final

from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.deletion import address_text, outline_of
from peerset.core.keys import SIGNATURE_BYTES, SecretKey
from peerset.core.pin import pin_content, pin_tags, pinned_in
from peerset.core.record import KIND_DELETION, KIND_KEYED, KIND_PIN, KIND_RECORD, Record, decode_record, sign_record
from peerset.core.signal import RoomName
from peerset.protocol.retention import window
from peerset.protocol.tombstones import Tombstones

ROOM: Final = RoomName("peerset", "harness")
MIDNIGHT: Final = 20_700 * DAY_SECONDS
STARTS: Final = [UnixTime(MIDNIGHT + offset) for offset in (-3_680, -3_630, -600, -3, 0, 59, 20_000, 43_210)]
"""When cases begin, in Unix seconds: among them the edges of a day, and of what is offered, an hour before."""
AUTHORS: Final = 4

OLD_RECORDS: Final = 420
YOUNG_RECORDS: Final = 24
CROWD_RECORDS: Final = 500
ALPHABET: Final = ["a", "note ", "ß", "é", "日本", "🙂", "\n", '"', "\\", "\u2028", "e\u0301", "\x7f"]


def key(number: int) -> SecretKey:
    """Give the secret key *number*, from 1."""
    return SecretKey(number.to_bytes(32, "big"))


class Pool:
    """All records, and which of them a store may hold from the start."""

    def __init__(self) -> None:
        self._rng = random.Random("pool")
        self.records: list[Record] = []
        self.old = self._add([self._old() for _ in range(OLD_RECORDS)])
        self.deletions = self._add([self._deletion() for _ in range(60)])
        self.pins = self._add([self._pin() for _ in range(40)])
        self.young = {start: self._add([self._young(start) for _ in range(YOUNG_RECORDS)]) for start in STARTS}
        self.bad = self._add([*self._forged(12), *self._foreign(6), *self._untimely(12)])
        self.crowd = self._add(
            [self._sign(self._age(80), size=self._rng.choice((0, 600))) for _ in range(CROWD_RECORDS)]
        )

    def holdable(self, numbers: list[int], now: UnixTime, *, is_strict: bool) -> list[int]:
        """Give those of *numbers* that a node may hold at *now*, none of them deleted by another."""
        current = window(now)
        members = [
            number
            for number in numbers
            if self.records[number].created_at <= current.accepted_until
            and not self.records[number].is_ephemeral
            and not (is_strict and "spam" in self.records[number].content)
        ]
        deletions = [self.records[number] for number in members if self.records[number].kind == KIND_DELETION]
        tombstones = Tombstones(deletions)
        return [number for number in members if tombstones.covering(outline_of(self.records[number])) is None]

    def held_by(self, pins: list[int]) -> list[int]:
        """Give the records that *pins* hold, each once."""
        held = {pinned_in(self.records[number]).id for number in pins}
        return [number for number in self.old if self.records[number].id in held]

    def _add(self, records: list[Record]) -> list[int]:
        first = len(self.records)
        self.records += records
        return list(range(first, len(self.records)))

    def _sign(
        self,
        created_at: int,
        *,
        kind: int = KIND_RECORD,
        author: int = 0,
        tags: tuple[tuple[str, ...], ...] = (),
        room: RoomName = ROOM,
        size: int = 0,
    ) -> Record:
        key_number = author or self._rng.randint(1, AUTHORS)
        content = self._text().ljust(size, ".")
        all_tags = [("h", room.tag.hex()), *tags]
        return sign_record(key(key_number), created_at=UnixTime(created_at), kind=kind, tags=all_tags, content=content)

    def _text(self) -> str:
        pieces = self._rng.choices(ALPHABET, k=self._rng.choice((0, 3, 20, 60)))
        if self._rng.random() < 0.1:
            pieces.append("spam")
        if self._rng.random() < 0.03:
            pieces.append("x" * self._rng.randint(5_000, 50_000))
        return "".join([str(len(self.records)), " ", str(self._rng.randrange(10**9)), " ", *pieces])

    def _age(self, days: float) -> int:
        return MIDNIGHT - int(self._rng.random() * days * DAY_SECONDS)

    def _old(self) -> Record:
        if self._rng.random() < 0.15:
            return self._sign(self._age(91), kind=KIND_KEYED, tags=(("d", f"key {self._rng.randint(1, 9)}"),))
        crowded = self._rng.choice((91, 91, 2, 0.05))
        return self._sign(self._age(crowded), tags=(("c", "notes"),) if self._rng.random() < 0.3 else ())

    def _deletion(self) -> Record:
        targets = [self.records[number] for number in self._rng.sample(self.old[:120], self._rng.randint(1, 3))]
        author = next(number for number in range(1, AUTHORS + 1) if key(number).public_key == targets[0].author)
        # Some are older than what they name, and many name records of others: those delete nothing.
        delay = self._rng.choice((-10, 0, 5, 500, DAY_SECONDS))
        tags: tuple[tuple[str, ...], ...] = tuple(("e", target.id.hex()) for target in targets)
        if self._rng.random() < 0.4:
            tags += (("a", address_text(KIND_KEYED, targets[0].author, f"key {self._rng.randint(1, 9)}")),)
        return self._sign(targets[0].created_at + delay, kind=KIND_DELETION, author=author, tags=tags)

    def _pin(self) -> Record:
        """Hold something that is about to be older than the window, or is."""
        oldest = sorted(self.old, key=lambda number: self.records[number].created_at)[:30]
        held = self.records[self._rng.choice(oldest)]
        key_number = self._rng.randint(1, AUTHORS)
        tags, at = [("h", ROOM.tag.hex()), *pin_tags(held)], UnixTime(self._age(30))
        return sign_record(key(key_number), created_at=at, kind=KIND_PIN, tags=tags, content=pin_content(held))

    def _young(self, start: UnixTime) -> Record:
        kind = self._rng.choice((KIND_RECORD, KIND_RECORD, KIND_RECORD, 20_001, 1))
        return self._sign(start + self._rng.choice((-400, -20, 0, 3, 30, 890, 925, 960)), kind=kind)

    def _forged(self, count: int) -> list[Record]:
        wires = [self.records[number].wire for number in self._rng.sample(self.old, count)]
        at = -SIGNATURE_BYTES // 2
        return [decode_record(wire[:at] + bytes((wire[at] ^ 1,)) + wire[at + 1 :]) for wire in wires]

    def _foreign(self, count: int) -> list[Record]:
        return [self._sign(self._age(2), room=RoomName("peerset", "elsewhere")) for _ in range(count)]

    def _untimely(self, count: int) -> list[Record]:
        ages = (200, 92, -3, -1)
        return [self._sign(MIDNIGHT - ages[number % len(ages)] * DAY_SECONDS) for number in range(count)]
