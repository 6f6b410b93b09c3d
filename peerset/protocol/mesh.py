"""Who has a place beside us: networks, trials, evictions, and how many we look for (docs/protocol.md, "Places")."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace

from peerset.core.clock import Moment, Monotonic
from peerset.core.keys import PublicKey
from peerset.core.limits import (
    ACQUAINTED_SECONDS,
    ANSWERED_SECONDS,
    DIAL_INTERVAL_SECONDS,
    DIALS_REMEMBERED_MAX,
    EVICTION_INTERVAL_SECONDS,
    FULL_MESH_MAX,
    GRACE_SECONDS,
    INTRODUCED_PER_CHOSEN,
    INTRODUCED_SAFE_SECONDS,
    MET_KEYS_MAX,
    MET_SECONDS,
    NEIGHBOURS_CHOSEN,
    NEIGHBOURS_CHOSEN_MAX,
    NETWORK_PLACES_MAX,
    NEWCOMER_SECONDS,
    NEWCOMER_TRIES,
    PARTING_INTERVAL_SECONDS,
    PLACES_PER_TRACKER_PLACE,
    SIGNALING_PLACES_MAX,
    TELLING_RECORDS,
    TRIAL_SECONDS,
)
from peerset.core.signal import PeerId, Via, introducer_of
from peerset.protocol.acquaintances import Acquaintance, Acquaintances
from peerset.protocol.eviction import Standing, choose, choose_any
from peerset.protocol.feelers import Feelers
from peerset.protocol.networks import network_of
from peerset.protocol.place import Place, PlaceChange, PlaceState, Tally, Won, count_good
from peerset.protocol.recently import LONG_AGO, Recently

Lags = Callable[[PeerId], float | None]
"""Gives the round-trip time of a neighbour; None when it was not measured yet."""


class Mesh:
    """The places of one room.

    A room whose members we can all have as neighbours is a full mesh. In a larger one a few are enough, and what
    decides who they are is what they were good for.
    """

    def __init__(self, places: int, acquaintances: Iterable[Acquaintance] = ()) -> None:
        self.places = places
        self.acquaintances = Acquaintances(acquaintances)
        self.is_large = False
        """We met more members lately than a full mesh has."""
        self._places: dict[PeerId, Place] = {}
        self._left: set[PeerId] = set()
        """Those of them that were sent away."""
        self._won: Won | None = None
        self._met = Recently(MET_SECONDS, MET_KEYS_MAX)
        self._dialed = Recently(DIAL_INTERVAL_SECONDS, DIALS_REMEMBERED_MAX)
        """Ids, keys and networks that dialed us."""
        self._answered = Recently(ANSWERED_SECONDS, SIGNALING_PLACES_MAX)
        """Trackers that brought answers."""
        self._came = Tally()
        """The records that any neighbour brought."""
        self._is_deaf = True
        """No neighbour that is still here, or was here last, brought a record."""
        self._feelers = Feelers()
        self._begun_at = LONG_AGO
        """When the first channel opened, or the last neighbour that was useful left."""
        self._evicted_at = LONG_AGO
        self._look_at: Monotonic | None = None

    # What dialing asks.

    def wanted(self, now: Moment) -> int:
        """Say how many neighbours to look for by offers of ours in a large room; now and then one more than enough."""
        return self.missing(now) or self._feelers.left(now.monotonic, self._tries_at_once(now))

    def idle(self, now: Moment) -> int:
        """Count those that answered an offer of ours and were good for nothing since, while others were."""
        came = self._came.at(now.monotonic)
        if came < TELLING_RECORDS:
            return 0  # Before that it shows of nobody.
        return sum(place.is_ours and place.is_idle(came, now.monotonic) for place in self._places.values())

    def is_seeking(self, now: Moment) -> bool:
        """Say whether to look for others though nobody left: those that we have are not good for much."""
        if self._is_deaf:
            is_late = len(self._places) < NEIGHBOURS_CHOSEN or not self._is_new(now)
            return not is_late and self._feelers.is_due(now.monotonic)
        if not self._is_live(now):
            return False
        return self.missing(now) > 0 if self.is_large else self.idle(now) > 0

    @property
    def feels_at(self) -> Monotonic | None:
        """When to try one more than enough; None where all are neighbours, once records come, or no place is left."""
        return self._feelers.due_at if self.is_large or (self._is_deaf and self.has_place) else None

    def spare(self, now: Moment) -> int:
        """Say how many to try though our part of the places is taken: some now and then, until anybody brings a record.

        All who came first may be such as bring none, and keep us from the others.
        """
        return self._feelers.left(now.monotonic, self._tries_at_once(now)) if self._is_deaf else 0

    def tried(self, now: Moment) -> None:
        """Note that one was tried so; a newcomer tries the next one soon."""
        self._feelers.feel(now.monotonic, self._tries_at_once(now))
        if not self._is_new(now):
            self._feelers.fail()

    def is_useful(self, peer: PeerId, now: Moment) -> bool:
        """Say whether the neighbour *peer* was good for something lately."""
        return peer in self._places and self._places[peer].is_useful(now.monotonic)

    def takes_dial(self, peer: PeerId, now: Moment, via: Via | None = None) -> bool:
        """Say whether to answer an offer of *peer*, and note that it came: in a large room, once in a while."""
        if self.is_large and self._dialed.has(peer, now.monotonic):
            return False
        if (
            introducer_of(via) is None
            and not self.has_place
            and now.monotonic < self._evicted_at + EVICTION_INTERVAL_SECONDS
        ):
            return False
        self._dialed.note(peer, now.monotonic)
        return True

    def takes_answer(self, now: Moment, via: Via | None = None) -> bool:
        """Say whether to take an answer to an offer of ours; who has enough tries others one at a time.

        Who has some leaves it to a tracker that won fewer: one may bring each to its own, before others can answer.
        """
        if self._is_ahead(via, now) and len(self._places) >= NEIGHBOURS_CHOSEN:
            return False
        if (self.is_large and not self.missing(now)) or not self.has_place:
            if not self._feelers.is_due(now.monotonic):
                return False
            self._feelers.feel(now.monotonic, self._tries_at_once(now))
        return True

    def won(self, peer: PeerId, via: Via | None, *, is_ours: bool) -> None:
        """Note how the channel to *peer*, which is about to be opened, came about."""
        self._won = Won(peer, via, is_ours)

    def allow(self, places: int, lags: Lags, now: Moment) -> list[PeerId]:
        """Have so many *places* from now on; give who has to go for that, the least useful first."""
        self.places = places
        self._heed(now)
        gone = list[PeerId]()
        while self._count > places:
            gone.append(self._evict(choose_any(self._standings(lags, now))))
        return gone

    @property
    def has_place(self) -> bool:
        """Not all places are taken."""
        return len(self._places) < self.places or self._count < self.places

    # What neighbours tell.

    def open(self, peer: PeerId, address: str, now: Moment) -> None:
        """Give *peer* a place."""
        won = self._won if self._won is not None and self._won.peer == peer else Won(peer)
        self._won = None
        is_feeler = won.is_ours and self.is_large and not self.missing(now)
        if self._begun_at == LONG_AGO:
            self._begun_at = now.monotonic
        self._places[peer] = Place(
            network_of(address),
            won.via,
            is_ours=won.is_ours,
            is_feeler=is_feeler,
            since=now.monotonic,
            safe_until=Monotonic(now.monotonic + GRACE_SECONDS),
            came_before=self._came.at(now.monotonic),
        )

    def close(self, peer: PeerId, now: Moment, *, is_sent_away: bool = False) -> None:
        """Free the place of *peer*; whoever was here for long is missed.

        But not who let us go (*is_sent_away*) while we have enough others: we would try new ones, which would let go of
        others for us.
        """
        place = self._places.pop(peer, None)
        self._left.discard(peer)
        if place is None:
            return
        if place.is_useful(now.monotonic) and not any(each.is_useful(now.monotonic) for each in self._places.values()):
            self._is_deaf, self._begun_at = True, now.monotonic
        if place.is_feeler:
            self._feelers.fail()
        elif (
            place.state is PlaceState.HELD
            and now.monotonic > place.since + 2 * TRIAL_SECONDS
            and not (is_sent_away and self._has_enough(now))
        ):
            self._feelers.hurry()

    def prove(self, peer: PeerId, key: PublicKey, lags: Lags, now: Moment) -> PeerId | None:
        """Take in *peer*, which has proven *key*; give who has to go for it, which may be *peer* itself."""
        place = self._places.get(peer)
        if place is None or place.state is not PlaceState.CLAIMED:
            return None
        self._met.note(key.hex(), now.monotonic)
        self._heed(now)
        is_known = self._has_dialed(place, key, now)
        place.change(PlaceChange.PROVE)
        place.key = key
        trial_seconds = TRIAL_SECONDS if place.is_feeler else GRACE_SECONDS
        if self._is_vouched(place.via):
            trial_seconds = INTRODUCED_SAFE_SECONDS
        place.safe_until = Monotonic(now.monotonic + trial_seconds)
        self._look_at = place.safe_until if self._look_at is None else min(self._look_at, place.safe_until)
        rivals = self._rivals(place)
        if is_known:
            return self._evict(peer)
        if rivals is None:
            return None
        is_acquainted = key in self.acquaintances
        is_early = now.monotonic < self._evicted_at + EVICTION_INTERVAL_SECONDS
        is_found = not place.is_ours and introducer_of(place.via) is None
        if is_early and is_found and not is_acquainted:
            return self._evict(peer)
        standings = self._standings(lags, now)
        worst = choose(standings, rivals - {peer})
        if worst is None and is_acquainted:
            worst = choose([replace(standing, is_safe=False) for standing in standings], rivals - {peer})
        if worst is not None:
            self._evicted_at = now.monotonic
        return self._evict(peer if worst is None else worst)

    def gained(self, peer: PeerId, now: Moment, *, count: int = 1) -> bool:
        """Note that records, found valid, came first from *peer*; say whether there is a new acquaintance to save."""
        self._came.add(now.monotonic, part=count)
        place = self._places.get(peer)
        if place is None:
            return False
        self._is_deaf = False
        place.gain(now.monotonic, count)
        is_long = now.monotonic >= place.useful_since + ACQUAINTED_SECONDS
        return is_long and place.key is not None and self.acquaintances.meet(place.key, now.unix)

    def vouched(self, peer: PeerId, now: Moment) -> None:
        """Note that *peer* told us of a record, found valid, before we told it."""
        if peer in self._places:
            self._places[peer].vouch(now.monotonic)

    def missed(self) -> None:
        """Note that a record came long after it was written: no neighbour told us in time."""
        self._feelers.hurry()

    def tick(self, lags: Lags, now: Moment) -> PeerId | None:
        """Give who has to go because we have more neighbours than we need; one at a time."""
        deadline = self.deadline
        if deadline is None or now.monotonic < deadline:
            return None
        self._heed(now)
        worst = choose(self._standings(lags, now)) if self._is_crowded(now.monotonic) else None
        if worst is None:
            safe = (place.safe_until for place in self._places.values() if place.safe_until > now.monotonic)
            self._look_at = min(safe, default=Monotonic(now.monotonic + GRACE_SECONDS))
            return None
        self._evicted_at = now.monotonic
        self._look_at = Monotonic(now.monotonic + PARTING_INTERVAL_SECONDS)
        goes = self._evict(worst)
        self._judge(now)
        return goes

    @property
    def deadline(self) -> Monotonic | None:
        """When `tick` has something to do: while there are more neighbours than are needed."""
        if self._look_at is None or not self.is_large or len(self._places) <= NEIGHBOURS_CHOSEN_MAX:
            return None
        return self._look_at if self._count > NEIGHBOURS_CHOSEN_MAX else None

    # How it is decided.

    def _is_new(self, now: Moment) -> bool:
        """Say whether we came a moment ago, or have to begin anew."""
        return now.monotonic < self._begun_at + NEWCOMER_SECONDS

    def _tries_at_once(self, now: Moment) -> int:
        """Say how many more than enough are tried at once: who is new, and is brought nothing, may be among liars."""
        is_roomy = len(self._places) <= self.places - self._part_of_a_tracker
        return NEWCOMER_TRIES if self._is_deaf and is_roomy and self._is_new(now) else 1

    @property
    def _part_of_a_tracker(self) -> int:
        return max(1, self.places // PLACES_PER_TRACKER_PLACE)

    def _is_live(self, now: Moment) -> bool:
        """Say whether records come, so that it shows who is good for something."""
        return self._came.at(now.monotonic) >= TELLING_RECORDS

    def missing(self, now: Moment) -> int:
        """Say how many neighbours are missing in a large room: of those that are good, or of our own choice."""
        kept = [place for place in self._places.values() if place.state is not PlaceState.LEFT]
        is_new = self._is_new(now)
        if self._is_live(now):
            found = count_good(kept, self._came.at(now.monotonic), now.monotonic, hopes=not is_new)
        else:
            found = len(kept) // 2 if is_new else len(kept)
        return max(0, NEIGHBOURS_CHOSEN - found, NEIGHBOURS_CHOSEN // 2 - sum(place.is_ours for place in kept))

    @property
    def _count(self) -> int:
        return len(self._places) - len(self._left)

    def _is_ahead(self, via: Via | None, now: Moment) -> bool:
        """Say whether our offers won more by *via* than by another way that brought answers lately; note this one."""
        if via is None or introducer_of(via) is not None:
            return False
        self._answered.note(via, now.monotonic)
        won = Counter(place.via for place in self._places.values() if place.is_ours)
        return any(won[Via(way)] < won[via] for way in self._answered.names(now.monotonic))

    def _is_crowded(self, now: Monotonic) -> bool:
        """Say whether there are more than are needed, those aside that are on trial."""
        kept = (place for place in self._places.values() if place.state is not PlaceState.LEFT)
        return self.is_large and sum(now >= place.safe_until for place in kept) > NEIGHBOURS_CHOSEN_MAX

    def _heed(self, now: Moment) -> None:
        self.is_large = self._met.forget(now.monotonic) > min(FULL_MESH_MAX, self.places)

    def _has_dialed(self, place: Place, key: PublicKey, now: Moment) -> bool:
        """Say whether who dialed us, under whatever id, did so a moment ago; note that it did."""
        if place.is_ours or place.via is None:
            return False
        names = [key.hex(), *([place.network] if place.network else ())]
        is_known = self.is_large and any(self._dialed.has(name, now.monotonic) for name in names)
        for name in () if is_known else names:
            self._dialed.note(name, now.monotonic)
        return is_known

    def _is_vouched(self, via: Via | None) -> bool:
        """Say whether a neighbour introduced who came by *via*, and no more than its part of those that are chosen."""
        if introducer_of(via) is None:
            return False
        return sum(place.via == via for place in self._places.values()) <= NEIGHBOURS_CHOSEN // INTRODUCED_PER_CHOSEN

    def _rivals(self, newcomer: Place) -> set[PeerId] | None:
        """Give those of whom one has to go for *newcomer*; None when there is room for all."""
        places = {peer: place for peer, place in self._places.items() if place.state is not PlaceState.LEFT}
        if self.is_large:
            networks, ways = Counter(p.network for p in places.values()), Counter(p.via for p in places.values())
            if newcomer.network and networks[newcomer.network] > NETWORK_PLACES_MAX:
                return {peer for peer, place in places.items() if place.network == newcomer.network}
            # Those of one tracker may be more while as many places are left: most trackers are honest.
            part = self._part_of_a_tracker
            if newcomer.via is not None and ways[newcomer.via] > part and len(places) > self.places - part:
                return {peer for peer, place in places.items() if place.via == newcomer.via}
        return set(places) if len(places) > self.places else None

    def _standings(self, lags: Lags, now: Moment) -> list[Standing]:
        came = self._came.at(now.monotonic)
        return [
            Standing(
                peer,
                place.network,
                place.since,
                place.score.at(now.monotonic),
                place.chances(came, now.monotonic),
                lags(peer),
                place.is_ours,
                place.key in self.acquaintances,
                is_safe=now.monotonic < place.safe_until,
            )
            for peer, place in self._places.items()
            if place.state is not PlaceState.LEFT
        ]

    def _judge(self, now: Moment) -> None:
        """Learn from the end of a trial whether it was worth while."""
        has_enough = self._has_enough(now)
        for place in self._over(now.monotonic):
            if place.is_feeler and has_enough:
                self._feelers.fail()
            elif place.is_feeler and place.is_useful(now.monotonic):
                self._feelers.hurry()
            place.is_feeler = False

    def _has_enough(self, now: Moment) -> bool:
        """Say whether as many are useful as we look for, and nobody is idle, as in a room where few lie."""
        came, over = self._came.at(now.monotonic), self._over(now.monotonic)
        useful = sum(place.is_useful(now.monotonic) for place in over if not place.is_feeler)
        return useful >= NEIGHBOURS_CHOSEN and not any(place.is_idle(came, now.monotonic) for place in over)

    def _over(self, now: Monotonic) -> list[Place]:
        """Give those that had their time to show what they are good for."""
        return [place for place in self._places.values() if place.state is PlaceState.HELD and now >= place.safe_until]

    def _evict(self, peer: PeerId) -> PeerId:
        self._places[peer].change(PlaceChange.EVICT)
        self._left.add(peer)
        return peer
