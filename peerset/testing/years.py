"""The history of a room over more than a year, whose members come once in a while, keep what is theirs, and pin.

What its author keeps is written anew in time, and what somebody pinned is inside a record that is: both outlast the
window many times over. What was deleted, let go, or has expired does not, and nothing of it comes back.
"""

from functools import partial
from typing import Final

from peerset.core.clock import DAY_SECONDS, HOUR_SECONDS, UnixTime
from peerset.core.deletion import outline_of
from peerset.core.expiration import EXPIRATION_TAG, has_expired
from peerset.core.pin import pin_content, pin_tags, pinned_in
from peerset.core.record import KIND_DELETION, KIND_KEYED, KIND_PIN, KIND_RECORD, Record, RecordId, sign_record
from peerset.protocol.tombstones import Tombstones
from peerset.testing.agreement import OVERDUE_SECONDS, Agreement
from peerset.testing.invariants import InvariantError
from peerset.testing.machine import SIMULATED_ROOM
from peerset.testing.member import Member
from peerset.testing.scenarios import Scenario
from peerset.testing.story import STEP_SECONDS, Outcome, Story

PRESENT: Final = 3
"""So many come at least: clocks are believed that two others confirm."""
PRESENT_PART: Final = 0.3
"""On so many of the days that anybody comes each of the others does,"""
AWAY_DAYS: Final = 8
"""and who was away for so long comes whenever anybody does: who stays away cannot keep anything."""
GAP_DAYS: Final = (2, 6)
"""Nobody comes for so many days at a time."""
COLLECTED_SECONDS: Final = STEP_SECONDS + 65.0
"""Who comes collects what grew old, once two others confirm its clock."""
CHECKED_EACH_VISITS: Final = 12
"""After so many visits it is looked at what pins show, once all have collected again."""
BRIEF_PART: Final = 0.3
"""So much of what is written expires, at some night of the next"""
BRIEF_DAYS_MAX: Final = 120
NIGHT_SECONDS: Final = 12 * HOUR_SECONDS
"""After a visit, when nobody is there."""
KEPT: Final = 2
"""What each member keeps."""
ACTS: Final = ("write", "write", "pin", "unpin", "delete", "delete pinned", "rest")


class Years(Story):
    """One *scenario* of days under one *seed*."""

    def __init__(self, scenario: Scenario, seed: int, *, peers: int | None = None) -> None:
        super().__init__(scenario, seed, peers=peers)
        self._agreement = Agreement(self.swarm, lambda: self._present)
        self._present: list[Member] = []
        self._day = 0
        self._came: dict[int, int] = {}
        """When each member was there last."""
        self._pins: dict[RecordId, tuple[Member, Record]] = {}
        """What is pinned, by whom, and by which pin."""
        self._visits = 0
        self.shown = 0
        """How often it was looked at a record that is read by a pin alone."""
        self._plain: list[tuple[Member, Record]] = []
        """What was written, and not deleted."""
        for member in self.swarm.members:
            member.disk.seen = self.swarm.epoch

    def play(self) -> Outcome:
        """Let all days pass, and look at all who are there at the end of each visit.

        Raises:
            AssertionError: something that must hold did not.

        """
        settled_seconds = 0.0
        while self._day < self._scenario.days:
            self._come()
            for member in self._present:
                self._tend(member)
                self._act(member, self._rng.choice(ACTS))
            self.swarm.run(self._scenario.storm_seconds)
            settled_seconds = max(settled_seconds, self._settle())
            self._check()
            self._go()
        return Outcome(
            self.swarm.fingerprint, settled_seconds, self.swarm.history.length, len(self.swarm.honest[0].disk)
        )

    # Coming and going.

    def _come(self) -> None:
        others = list(self.swarm.honest)
        self._rng.shuffle(others)
        overdue = [each for each in others if self._day - self._came.get(each.number, self._day) >= AWAY_DAYS]
        chosen = [each for each in others if each in overdue or self._rng.random() < PRESENT_PART]
        chosen += [each for each in others if each not in chosen][: max(0, PRESENT - len(chosen))]
        self._present = chosen
        for member in chosen:
            self._came[member.number] = self._day
            self.swarm.clock.within(STEP_SECONDS, partial(self.swarm.wake, member))
        self.swarm.run(COLLECTED_SECONDS)

    def _go(self) -> None:
        for member in self._present:
            self.swarm.crash(member)
        days = self._rng.randint(*GAP_DAYS)
        self._day += days
        self.swarm.clock.skip(days * DAY_SECONDS)

    # What they do.

    def _tend(self, member: Member) -> None:
        """Write anew what is kept, as rooms do, and withdraw pins of what was deleted."""
        due = self.swarm.moment(member).unix - self._window_seconds(member) * 2 // 3
        for number in range(KEPT):
            key = f"kept {member.number} {number}"
            mine = [each for each in member.disk.records() if each.tag_value("d") == key]
            if not mine or max(each.created_at for each in mine) < due:
                self._publish_as(member, KIND_KEYED, tags=[("d", key)], content=key)
        for held, (pinner, pin) in list(self._pins.items()):
            if pinner is not member:
                continue
            if has_expired(pin, self.swarm.moment(member).unix):
                del self._pins[held]
            elif self._is_deleted_at(member, pinned_in(pin)):
                self._withdraw(held)
            elif pin.created_at < due:
                fresh = self._publish_as(member, KIND_PIN, tags=pin_tags(pinned_in(pin)), content=pin.content)
                self._delete(member, pin)
                self._pins[held] = member, fresh

    def _act(self, member: Member, what: str) -> None:
        others = [(author, record) for author, record in self._plain if member.disk.has_content(record.id)]
        own = [record for author, record in self._plain if author is member]
        match what:
            case "write":
                tags = self._expiration(self.swarm.moment(member).unix)
                self._plain.append((member, self._publish_as(member, KIND_RECORD, tags=tags)))
            case "pin" if others:
                _, record = self._rng.choice(others)
                if record.id not in self._pins:
                    content, tags = pin_content(record), pin_tags(record)
                    self._pins[record.id] = member, self._publish_as(member, KIND_PIN, tags=tags, content=content)
            case "unpin":
                for held in [held for held, (pinner, _) in self._pins.items() if pinner is member][:1]:
                    self._withdraw(held)
            case "delete" | "delete pinned":
                choice = [each for each in own if what == "delete" or each.id in self._pins]
                if choice:
                    record = self._rng.choice(choice)
                    self._delete(member, record)
                    self._plain.remove((member, record))
            case _:
                pass

    def _expiration(self, now: UnixTime) -> list[tuple[str, str]]:
        if self._rng.random() > BRIEF_PART:
            return []
        days = self._rng.randint(0, BRIEF_DAYS_MAX)
        return [(EXPIRATION_TAG, str(now + days * DAY_SECONDS + NIGHT_SECONDS))]

    def _withdraw(self, held: RecordId) -> None:
        pinner, pin = self._pins.pop(held)
        self._delete(pinner, pin)

    def _delete(self, member: Member, record: Record) -> None:
        self._publish_as(member, KIND_DELETION, tags=[("e", record.id.hex())])

    def _publish_as(
        self, member: Member, kind: int, *, tags: list[tuple[str, str]] | None = None, content: str = ""
    ) -> Record:
        now = self.swarm.moment(member).unix
        text = content or f"{self._day} {self._rng.random()}"
        all_tags = [("h", SIMULATED_ROOM.tag.hex()), *(tags or [])]
        record = sign_record(member.key, created_at=now, kind=kind, tags=all_tags, content=text)
        self.swarm.publish(member, record)
        return record

    # What must hold.

    def _check(self) -> None:
        """Check that all who are there have what is kept, and show of what is old what is pinned, and nothing else.

        Raises:
            InvariantError: one does not.

        """
        self._visits += 1
        if self._visits % CHECKED_EACH_VISITS == 0:
            # Whatever was pinned, withdrawn or deleted in this visit has come to all, and everybody has collected.
            self.swarm.run(OVERDUE_SECONDS + STEP_SECONDS)
            self._check_guests()
            if lingering := self._agreement.lingering():
                raise InvariantError(f"{lingering} on day {self._day}")
        for member in self._present:
            self._check_kept(member)

    def _check_guests(self) -> None:
        pins = [pin for _, pin in self._pins.values()]
        for member in self._present:
            now = self.swarm.moment(member).unix
            held = [pinned_in(pin) for pin in pins if not has_expired(pin, now)]
            kept_from = member.bylaws.window(now).kept_from
            old = {each.id for each in held if each.created_at < kept_from - OVERDUE_SECONDS}
            wanted = old - {each.id for each in held if self._is_deleted(each)}
            if lacked := wanted - set(member.disk.guests):
                raise InvariantError(f"{member.name} shows {len(lacked)} pinned records too few on day {self._day}")
            if more := set(member.disk.guests) - {each.id for each in held if not self._is_deleted(each)}:
                raise InvariantError(f"{member.name} shows {len(more)} records on day {self._day} that are not pinned")
            self.shown += len(wanted)

    def _check_kept(self, member: Member) -> None:
        here = {each.tag_value("d") for each in member.disk.records()}
        for number in self._came:
            if lost := {f"kept {number} {at}" for at in range(KEPT)} - here:
                raise InvariantError(f"{member.name} lost {len(lost)} records that are kept")

    def _is_deleted_at(self, member: Member, record: Record) -> bool:
        deletions = [each for each in member.disk.records() if each.kind == KIND_DELETION]
        return Tombstones(deletions).covering(outline_of(record)) is not None

    def _is_deleted(self, record: Record) -> bool:
        return not any(each.id == record.id for _, each in self._plain)

    def _window_seconds(self, member: Member) -> int:
        return member.bylaws.retention_seconds
