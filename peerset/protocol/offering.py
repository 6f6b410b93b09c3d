"""The pool of our own offers, and when to announce them (docs/protocol.md, "Dialing")."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from peerset.core.clock import Monotonic
from peerset.core.limits import (
    ANNOUNCE_INTERVAL_MAX_SECONDS,
    ANNOUNCE_INTERVAL_MIN_SECONDS,
    ANNOUNCE_QUIET_SECONDS,
    FEELER_INTERVAL_SECONDS,
    LONELY_INTERVAL_MAX_SECONDS,
    LONELY_INTERVAL_MIN_SECONDS,
    OFFER_AGE_MAX_SECONDS,
    REDIAL_BASE_SECONDS,
    REDIAL_MAX_SECONDS,
)
from peerset.core.signal import Offer, OfferId
from peerset.protocol.deadlines import earliest
from peerset.protocol.effects import Announce, DropOffers, Effect, MakeOffers


@dataclass(frozen=True, slots=True)
class _Pooled:
    offer: Offer
    made_at: Monotonic


class OfferPool:
    """Offers that wait for an answer.

    Whatever calls for a new announcement only sets a time; `refresh` then makes the missing offers and announces
    all of them at once. The interval between announcements doubles while one follows another and falls back after a
    quiet time, so a storm of claims costs few of them. While nobody is connected it announces now and then unasked.
    """

    def __init__(self, *, rng: random.Random) -> None:
        self._rng = rng
        self._offers: dict[OfferId, _Pooled] = {}
        self._is_running = self._is_making = False
        self._wanted_at: Monotonic | None = None
        self._announced_at: Monotonic | None = None
        self._interval_seconds = ANNOUNCE_INTERVAL_MIN_SECONDS
        self._is_lonely = True
        self._lonely_announcements = 0
        self._failures = 0

    def __len__(self) -> int:
        return len(self._offers)

    def __contains__(self, offer_id: OfferId) -> bool:
        return offer_id in self._offers

    def start(self, target: int, now: Monotonic) -> list[Effect]:
        """Make the first offers; nothing is announced before they are ready."""
        self._is_running = True
        return self.refresh(target, now)

    def stop(self) -> list[Effect]:
        """Give up every offer and ask for nothing more."""
        self._is_running = False
        dropped = tuple(self._offers)
        self._offers.clear()
        return [DropOffers(dropped)] if dropped else []

    def greet(self) -> None:
        """Note that a channel is open."""
        self._is_lonely = False
        self._lonely_announcements = 0

    def part(self) -> None:
        """Note that no channel is open any more."""
        self._is_lonely = True

    def take(self, offer_id: OfferId, now: Monotonic) -> None:
        """Take out an offer that was claimed or lost, if it is here; it will be replaced."""
        if self._offers.pop(offer_id, None) is not None:
            self.want(now)

    def want(self, now: Monotonic) -> None:
        """Ask for an announcement as soon as the interval allows."""
        at = now
        if self._announced_at is not None:
            at = max(at, Monotonic(self._announced_at + self._interval_seconds))
        if self._wanted_at is None or at < self._wanted_at:
            self._wanted_at = at

    def seek(self, now: Monotonic) -> None:
        """Ask for an announcement though nothing happened, unless offers cannot be made."""
        if self._is_making or self._failures or self._announced_at is None:
            return
        at = Monotonic(max(now, self._announced_at + FEELER_INTERVAL_SECONDS))
        self._wanted_at = at if self._wanted_at is None else min(at, self._wanted_at)

    def rest(self, until: Monotonic | None) -> None:
        """Hold no offer until then, if there is none and a time is given."""
        if until is not None and self._announced_at is not None and not (self._offers or self._is_making):
            until = Monotonic(max(until, self._announced_at + FEELER_INTERVAL_SECONDS))
            self._wanted_at = until if self._wanted_at is None else min(until, self._wanted_at)

    def refresh(self, target: int, now: Monotonic) -> list[Effect]:
        """Bring the pool to *target* fresh offers: make what is missing, or announce what there is."""
        self._wanted_at = None
        missing = target - len(self._fresh(now))
        if missing > 0:
            self._is_making = True
            return [MakeOffers(missing)]
        return self._announce(target, now)

    def add(self, offers: Sequence[Offer], *, target: int, now: Monotonic) -> list[Effect]:
        """Take the offers that were made, announce the pool, and only then drop the old ones.

        Without any, announce all the same, for others have offers too, and try again later.
        """
        self._is_making = False
        if not self._is_running:
            return [DropOffers(tuple(offer.id for offer in offers))] if offers else []
        for offer in offers:
            self._offers[offer.id] = _Pooled(offer, now)
        effects = self._announce(target, now)
        self._failures = 0 if offers else self._failures + 1
        if self._failures:
            delay_seconds = min(REDIAL_MAX_SECONDS, REDIAL_BASE_SECONDS * 2 ** min(self._failures - 1, 16))
            self._wanted_at = Monotonic(now + delay_seconds * self._rng.uniform(0.5, 1.0))
        return effects

    @property
    def deadline(self) -> Monotonic | None:
        """When `refresh` is due; None while offers are being made, or while stopped."""
        if self._is_making or not self._is_running:
            return None
        ages_at = called_at = None
        if self._failures == 0 and self._offers:
            ages_at = Monotonic(next(iter(self._offers.values())).made_at + OFFER_AGE_MAX_SECONDS)
        if self._is_lonely and self._announced_at is not None:
            doublings = min(max(0, self._lonely_announcements - 1), 16)
            delay_seconds = min(LONELY_INTERVAL_MAX_SECONDS, LONELY_INTERVAL_MIN_SECONDS * 2**doublings)
            called_at = Monotonic(self._announced_at + delay_seconds)
        return earliest(self._wanted_at, ages_at, called_at)

    def _announce(self, target: int, now: Monotonic) -> list[Effect]:
        self._pace(now)
        # Old offers are better than none: they go only once others stand in for them, or all must go.
        kept = self._fresh(now) or tuple(self._offers)
        if target == 0:
            kept = ()
        dropped = tuple(offer_id for offer_id in self._offers if offer_id not in kept)
        announced: list[Effect] = [Announce(tuple(self._offers[offer_id].offer for offer_id in kept))]
        for offer_id in dropped:
            del self._offers[offer_id]
        return [*announced, DropOffers(dropped)] if dropped else announced

    def _pace(self, now: Monotonic) -> None:
        is_quiet = self._announced_at is None or now - self._announced_at >= ANNOUNCE_QUIET_SECONDS
        self._interval_seconds = (
            ANNOUNCE_INTERVAL_MIN_SECONDS
            if is_quiet
            else min(ANNOUNCE_INTERVAL_MAX_SECONDS, self._interval_seconds * 2)
        )
        self._lonely_announcements += self._is_lonely
        self._announced_at = now

    def _fresh(self, now: Monotonic) -> tuple[OfferId, ...]:
        return tuple(
            offer_id for offer_id, pooled in self._offers.items() if now < pooled.made_at + OFFER_AGE_MAX_SECONDS
        )
