"""New records while they are young: push along branches, announce to others, pull what was announced and did not come.

Branches are the neighbours from which records come first: they make a tree over the whole room, along which each
record goes once. A push in vain ends a branch, a pull begins one (docs/protocol.md, "Live records").
"""

import random
from collections.abc import Callable, Iterable

from peerset.core.clock import Moment, Monotonic
from peerset.core.limits import (
    ANNOUNCE_LATER_SECONDS,
    ANNOUNCE_NEIGHBOURS,
    LIVE_ID_BYTES,
    PULL_PATIENCE_SECONDS,
    PULL_TIMEOUT_SECONDS,
    PUSH_NEIGHBOURS,
    RELAY_AGE_MAX_SECONDS,
)
from peerset.core.merkle import Index
from peerset.core.message import Announce, Credit, Fetch, Lacking, LiveMessage, Pull, Records
from peerset.core.record import Record, RecordId, recall_record
from peerset.core.signal import PeerId
from peerset.protocol.coming import Coming, Comings
from peerset.protocol.company import Company
from peerset.protocol.deadlines import earliest
from peerset.protocol.effects import LeaveToSync, Request, Send, Strike
from peerset.protocol.ends import Ends
from peerset.protocol.fetching import Fetching
from peerset.protocol.giving import Purse
from peerset.protocol.health import Bite, Budget
from peerset.protocol.inlet import Inlet
from peerset.protocol.outlet import Outlet
from peerset.protocol.pulls import Pull as Pulled
from peerset.protocol.pulls import Pulls
from peerset.protocol.recents import PREFIX_BYTES, Recent, Recents
from peerset.protocol.strikes import Fault
from peerset.protocol.telling import ask, credit, flood
from peerset.protocol.ways import Ways


class LiveRelay:
    """The machine of one room; the node names the established peers by `join` and `leave`."""

    def __init__(
        self,
        *,
        rng: random.Random,
        is_refused: Callable[[bytes], bool] = lambda _: False,
        on_vouched: Callable[[PeerId, Moment], None] = lambda *_: None,
        fetching: Fetching | None = None,
    ) -> None:
        self._rng = rng
        self.fetching = fetching or Fetching(Index())
        self._is_refused = is_refused
        self._on_vouched = on_vouched
        self._neighbours: dict[PeerId, Ends] = {}
        self._recents = Recents()
        self._pulls = Pulls()
        self._coming = Comings()
        self._ways = Ways()
        self._withholding: dict[PeerId, Inlet] = {}
        """Those to which credit is given back slowly."""
        self._later: dict[PeerId, Monotonic] = {}
        """When those are told that wait for company, the first first."""
        self._company = Company(lambda has_ids: self._tell_all(has_ids=has_ids))
        self._bite = Bite()

    @property
    def is_idle(self) -> bool:
        """Nothing is asked for and nothing waits for its time; what waits for credit is up to others."""
        return not self._pulls and self._company.deadline is None

    @property
    def budget(self) -> Budget:
        """How many neighbours bring more than we take of each."""
        slowed = sum(neighbour.inlet.is_slowed for neighbour in self._neighbours.values())
        if not slowed:
            self._bite.ease()
        return self._bite.budget("rate", slowed, len(self._neighbours))

    @property
    def deadline(self) -> Monotonic | None:
        """When `tick` has something to do."""
        later = next(iter(self._later.values())) if self._later else None
        due = earliest(self._company.deadline, self._pulls.deadline, self.fetching.deadline, later)
        return earliest(due, *[inlet.deadline for inlet in self._withholding.values()]) if self._withholding else due

    def join(self, peer: PeerId, *, has_lacking: bool = True, purse: Purse | None = None) -> None:
        """Count *peer* among the neighbours; *has_lacking* says that it understands `Lacking`."""
        self.fetching.join(peer, purse)
        self._neighbours[peer] = Ends(Outlet(peer, self._recents), has_lacking)

    def leave(self, peer: PeerId) -> list[Request]:
        """Forget *peer*; what was asked of it is asked of the next announcer when due, another way taken at once."""
        self.fetching.leave(peer)
        self._neighbours.pop(peer, None)
        self._withholding.pop(peer, None)
        self._later.pop(peer, None)
        return [*self._ways.around(peer, self._neighbours)]

    def is_young(self, record: Record, now: Moment) -> bool:
        """Say whether *record* is passed on one by one, rather than left to reconciliation."""
        return record.created_at >= now.unix - RELAY_AGE_MAX_SECONDS

    def pass_on(self, news: Iterable[tuple[Record, PeerId | None]], now: Moment) -> list[Request]:
        """Tell everyone who may lack the young records *news*, new here, each with its source: None for our own.

        The first after a quiet moment go out at once, those that follow wait for company, ours less long.
        """
        told = {source for record, source in news if self._queue(record, source, now)}
        if told:
            self._company.wait(has_ours=None in told)
        return self._company.go(now)

    def forget(self, ids: Iterable[RecordId]) -> None:
        """Keep no content of *ids*: they were purged."""
        self._recents.purge(ids)

    def take(self, peer: PeerId, blobs: Iterable[bytes]) -> list[Request]:
        """Count the *blobs* that *peer* sent; a strike, and nobody looks at them, when they were not granted."""
        if self._neighbours[peer].inlet.take_records(blobs):
            return []
        return flood(peer)

    def arrived(self, peer: PeerId, message: Records, records: Iterable[Record], now: Moment) -> list[Request]:
        """Note that *records* of *message* came from *peer* and go through intake now: nobody is asked for them.

        Who pushed what was here, or on its way, shall push no more; who pushed what was not may go on.
        """
        self._coming.forget(now.monotonic)
        neighbour = self._neighbours[peer]
        shorter: list[Request] = []
        for record in records:
            if (message.round and not self.is_young(record, now)) or self.fetching.wants(record.id):
                continue
            prefix = record.id[:PREFIX_BYTES]
            pull = self._pulls.end(prefix)
            if pull is not None and pull.is_asked and pull.peer == peer:
                neighbour.gave_at = now.monotonic
            known = self._recents.get(prefix) or self._coming.get(prefix)
            if known is None:
                holders = {peer} if pull is None else {peer, *pull.holders}
                self._coming.begin(prefix, holders, now.monotonic)
                is_overtaken = pull is not None and message.round == 0 and peer not in pull.holders
                shorter += self._ways.came(peer, prefix, pull if is_overtaken else None, self._neighbours, now)
            elif message.round == 0 and peer not in known.holders:
                self._has_known(peer, prefix, known, now)
                neighbour.outlet.refer(prefix)
            neighbour.is_branch = neighbour.is_branch if message.round else known is None and not shorter
        return [*shorter, *self._tell(peer)]

    def dealt(self, peer: PeerId, size: int, refused: int, now: Moment, *, toll: int = 0) -> list[Request]:
        """Note that *size* bytes of records of *peer*, as much work as *toll* more, are dealt with or *refused*."""
        neighbour = self._neighbours.get(peer)
        if neighbour is None:
            return []
        was_slowed, credit = neighbour.inlet.is_slowed, neighbour.inlet.dealt(size, refused, now, toll=toll)
        if neighbour.inlet.is_slowed and not was_slowed:
            self._bite.bite(now.unix)
        return self._tell_credit(peer, credit)

    def receive(self, peer: PeerId, message: LiveMessage | Credit | Lacking, now: Moment) -> list[Request]:
        """Take what *peer* says of new records."""
        match message:
            case Announce():
                return self.announced(peer, message, now)
            case Pull():
                return self.pulled(peer, message)
            case Fetch():
                return self.fetching.asked(peer, message, now)
            case Lacking(_, prefixes):
                return [*self.lacked(peer, prefixes, now), *self.fetching.lacked(peer, prefixes, now)]
            case Credit(_, total):  # pragma: no branch (mypy: nothing else is left)
                return self.credited(peer, total)

    def announced(self, peer: PeerId, message: Announce, now: Moment) -> list[Request]:
        """Ask *peer* for what we lack, unless somebody was asked already; what we cannot ask for is left to sync."""
        count = len(message.prefixes)
        inlet = self._neighbours[peer].inlet
        if not inlet.take_ids(count):
            return flood(peer)
        is_left = False
        overdue: dict[bytes, Pulled] = {}
        expected = self._expected() - {peer}
        for prefix in message.prefixes:
            known = self._recents.get(prefix) or self._coming.get(prefix)
            pull = self._pulls.get(prefix)
            if known is not None:
                self._has_known(peer, prefix, known, now)
                continue
            if pull is not None:
                self._pulls.heard(pull, peer)
            elif not self._is_refused(prefix):
                pull = self._pulls.expect(prefix, peer, now)
                is_left |= pull is None
            if pull is not None and not pull.is_asked and not expected - pull.holders:
                # Nobody may push it: whoever might tells of it instead.
                overdue[prefix] = pull
        for prefix in overdue:
            self._pulls.end(prefix)
        effects = self._ask_others(overdue.items(), now)
        effects += [LeaveToSync(peer)] if is_left else []
        return effects + self.dealt(peer, count * LIVE_ID_BYTES, 0, now)

    def pulled(self, peer: PeerId, message: Pull) -> list[Request]:
        """Give *peer* what it asks for, each record once, so that asking is no lever; say what is not at hand."""
        neighbour = self._neighbours[peer]
        lacking = []
        neighbour.is_branch |= not message.prefixes
        for prefix in message.prefixes:
            recent = self._recents.get(prefix)
            if recent is None or not recent.wire:
                lacking.append(prefix)
            elif peer not in recent.holders and neighbour.outlet.give(recent):
                recent.holders.add(peer)
                neighbour.is_branch = True
        effects: list[Request] = [Send(peer, Lacking(0, tuple(lacking)))] if lacking and neighbour.has_lacking else []
        return effects + self._tell(peer)

    def lacked(self, peer: PeerId, prefixes: Iterable[bytes], now: Moment) -> list[Request]:
        """Ask others at once for what *peer* was asked for and has not got."""
        ended = []
        for prefix in prefixes:
            pull = self._pulls.get(prefix)
            if pull is not None and pull.peer == peer:
                self._pulls.end(prefix)
                ended.append((prefix, pull))
        return self._ask_others(ended, now)

    def loaded(self, peer: PeerId, blobs: tuple[bytes, ...]) -> list[Request]:
        """Give *peer* what it fetched, as far as it gives credit."""
        found, effects = self.fetching.loaded(peer, blobs)
        for record_id, blob in found:
            self._neighbours[peer].outlet.give(self._recents.add(recall_record(record_id, blob)))
        return [*effects, *self._tell(peer)]

    def credited(self, peer: PeerId, total: int) -> list[Request]:
        """Go on telling *peer*, which has dealt with *total* bytes in all."""
        if not self._neighbours[peer].outlet.credit(total):
            return [Strike(peer, Fault.LYING, "credit for bytes never sent")]
        return self._tell(peer)

    def clog(self, peer: PeerId) -> None:
        """Hold back what *peer* is still to be told."""
        if peer in self._neighbours:
            self._neighbours[peer].is_clogged = True

    def drain(self, peer: PeerId) -> list[Request]:
        """Go on telling *peer*."""
        if peer not in self._neighbours:
            return []
        self._neighbours[peer].is_clogged = False
        return self._tell(peer)

    def tick(self, now: Moment) -> list[Request]:
        """Tell what waited long enough, give back credit, and ask the next announcer for what did not come."""
        effects = self._company.go(now)
        for peer in [peer for peer, due in self._later.items() if due <= now.monotonic]:
            del self._later[peer]
            self._neighbours[peer].outlet.hasten()
            effects += self._tell(peer)
        for peer, inlet in sorted(self._withholding.items()):
            effects += self._tell_credit(peer, inlet.tick(now))
        return [*effects, *self.fetching.tick(now), *self._ask_again(now)]

    def _queue(self, record: Record, source: PeerId | None, now: Moment) -> bool:
        """Queue *record* for whoever may lack it; False when nobody does."""
        prefix = record.id[:PREFIX_BYTES]
        self._pulls.end(prefix)
        recent, coming = self._recents.add(record), self._coming.end(prefix)
        recent.is_ours = source is None
        for peer in set() if coming is None else coming.holders - recent.holders - {source}:
            self._on_vouched(peer, now)
        recent.holders.update(() if source is None else (source,), () if coming is None else coming.holders)
        others = sorted(self._neighbours.keys() - recent.holders)
        if not others:
            return False
        recent.pushed = frozenset(self._push(recent, self._along(others, source)))
        recent.holders |= recent.pushed
        untold = [peer for peer in others if peer not in recent.pushed]
        # Ours is known to nobody, and what comes straight from us comes first; so do the first ways of a newcomer.
        is_for_all = source is None or self._ways.is_young
        soon = untold if is_for_all else self._rng.sample(untold, min(ANNOUNCE_NEIGHBOURS, len(untold)))
        for peer in untold:
            self._neighbours[peer].outlet.announce(prefix, is_urgent=peer in soon)
            if peer not in soon:
                self._later.setdefault(peer, Monotonic(now.monotonic + ANNOUNCE_LATER_SECONDS))
        return True

    def _along(self, others: list[PeerId], source: PeerId | None) -> list[PeerId]:
        """Choose to whom of *others* a record is pushed: along branches, or to a few if ours is the first."""
        branches = [peer for peer in others if self._neighbours[peer].is_branch]
        if branches or source is not None:
            return branches
        return self._rng.sample(others, min(PUSH_NEIGHBOURS, len(others)))

    def _push(self, recent: Recent, peers: list[PeerId]) -> list[PeerId]:
        """Queue a record to be given to those of *peers* that give credit for it, and give these."""
        pushed = []
        for peer in peers:
            neighbour = self._neighbours[peer]
            neighbour.is_branch = True
            if neighbour.outlet.has_credit(recent) and neighbour.outlet.give(recent):
                pushed.append(peer)
        return pushed

    def _has_known(self, peer: PeerId, prefix: bytes, known: Recent | Coming, now: Moment) -> None:
        """Note that *peer* has a record that is here, too: was it pushed there, that was in vain."""
        if isinstance(known, Recent) and peer not in known.holders | known.told:
            self._on_vouched(peer, now)
        if isinstance(known, Recent) and peer in known.pushed:
            self._neighbours[peer].is_branch = False
        known.holders.add(peer)

    def _tell(self, peer: PeerId, *, has_ids: bool = True) -> list[Request]:
        """Say to *peer* what its credit allows, ids if *has_ids*."""
        neighbour = self._neighbours[peer]
        outlet = neighbour.outlet
        messages = [] if neighbour.is_clogged else outlet.next_messages(has_ids=has_ids)
        effects: list[Request] = [Send(peer, message) for message in messages]
        if outlet.is_behind:
            outlet.is_behind = False
            effects.append(LeaveToSync(peer))
        return effects

    def _tell_all(self, *, has_ids: bool) -> list[Request]:
        return [effect for peer in sorted(self._neighbours) for effect in self._tell(peer, has_ids=has_ids)]

    def _tell_credit(self, peer: PeerId, total: int | None) -> list[Request]:
        inlet = self._neighbours[peer].inlet
        if inlet.deadline is None:
            self._withholding.pop(peer, None)
        else:
            self._withholding[peer] = inlet
        return credit(peer, total)

    def _ask_again(self, now: Moment) -> list[Request]:
        late = []
        for prefix, pull in self._pulls.late(now):
            if pull.is_asked and self._is_giving(pull, now):
                self._pulls.wait_on(prefix, now)
                continue
            self._pulls.end(prefix)
            late.append((prefix, pull))
            for peer in set() if pull.is_asked else self._expected() - pull.holders:
                self._neighbours[peer].miss()
        return self._ask_others(late, now)

    def _ask_others(self, pulls: Iterable[tuple[bytes, Pulled]], now: Moment) -> list[Request]:
        """Ask the next announcer of each of *pulls*, which are over, if there is one."""
        asked: dict[PeerId, list[bytes]] = {}
        for prefix, pull in pulls:
            if not pull.is_asked:
                pull.announcers.appendleft(pull.peer)
            following = next((peer for peer in pull.announcers if peer in self._neighbours), None)
            if following is None:
                continue
            pull.announcers.remove(following)
            if self._pulls.ask(prefix, following, now, pull.announcers):
                self._neighbours[following].is_branch = True
                asked.setdefault(following, []).append(prefix)
        return [effect for peer, prefixes in sorted(asked.items()) for effect in ask(peer, prefixes)]

    def _expected(self) -> set[PeerId]:
        """Give who may push what is new."""
        return {peer for peer, ends in self._neighbours.items() if ends.is_expected}

    def _is_giving(self, pull: Pulled, now: Moment) -> bool:
        """Say whether who was asked gives other records meanwhile, or waits for us: then it is not asked in vain."""
        neighbour = self._neighbours.get(pull.peer)
        if neighbour is None or now.monotonic >= pull.begun + PULL_PATIENCE_SECONDS:
            return False
        return neighbour.inlet.is_dealing or now.monotonic < neighbour.gave_at + PULL_TIMEOUT_SECONDS
